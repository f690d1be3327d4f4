// SPDX-License-Identifier: Apache-2.0
// Rule engines beside Kassa's, on the same conditions and baskets (kassa-bench-offers --export wrote them).
//   node peers.mjs CONDITIONS.json ROUNDS
// Each engine is set up once and then asked, a basket at a time, which conditions hold; the facts (sums over the lines)
// are made ready before the clock runs, which Kassa does within its own time. Prints one line of JSON a peer: median
// microseconds a basket of each round, and which conditions held.
import {readFileSync} from 'node:fs'
import {performance} from 'node:perf_hooks'

const [path, rounds] = [process.argv[2], Number(process.argv[3])]
const {conditions, baskets} = JSON.parse(readFileSync(path, 'utf8'))

// The same sums that Kassa's conditions read.
const facts = baskets.map(({lines, tier}) => {
  const quantity = {}
  let amount = 0
  let units = 0
  for (const line of lines) {
    amount += line.amount
    units += line.units
    quantity[line.category] = (quantity[line.category] ?? 0) + line.units
  }
  return {basket: {amount, units}, quantity, member: {tier}}
})

async function jsonRulesEngine() {
  const {Engine} = await import('json-rules-engine')
  const engine = new Engine([], {allowUndefinedFacts: true})
  for (const c of conditions) {
    const all = [{fact: 'basket', path: '$.amount', operator: 'greaterThanInclusive', value: c.amount},
                 {fact: 'basket', path: '$.units', operator: 'greaterThanInclusive', value: c.units}]
    if (c.category) all.push({fact: 'quantity', path: `$.${c.category}`, operator: 'greaterThanInclusive', value: c.quantity})
    if (c.tier) all.push({fact: 'member', path: '$.tier', operator: 'equal', value: c.tier})
    engine.addRule({conditions: {all}, event: {type: c.id}})
  }
  return async (fact) => (await engine.run(fact)).events.map((event) => event.type)
}

function celOf(c) {
  const parts = [`basket.amount >= ${c.amount}`, `basket.units >= ${c.units}`]
  if (c.category) parts.push(`"${c.category}" in quantity && quantity.${c.category} >= ${c.quantity}`)
  if (c.tier) parts.push(`member.tier == "${c.tier}"`)
  return parts.join(' && ')
}

async function cel() {
  const {parse} = await import('@marcbachmann/cel-js')
  const programs = conditions.map((c) => [c.id, parse(celOf(c))])
  return async (fact) => programs.filter(([, holds]) => holds(fact)).map(([id]) => id)
}

async function zen() {
  const {default: {ZenEngine}} = await import('@gorules/zen-engine')
  const fields = {a: 'basket.amount', u: 'basket.units', t: 'member.tier'}
  // One column for the quantity of whichever category a row names: it holds an expression.
  const rules = conditions.map((c) => ({_id: c.id, a: `>= ${c.amount}`, u: `>= ${c.units}`, t: c.tier ? `"${c.tier}"` : '',
    q: c.category ? `quantity.${c.category} >= ${c.quantity}` : '', o: `"${c.id}"`}))
  const inputs = [...Object.entries(fields).map(([id, field]) => ({id, name: id, field})), {id: 'q', name: 'q'}]
  const content = {hitPolicy: 'collect', inputs, outputs: [{id: 'o', name: 'o', field: 'id'}], rules}
  const node = (id, type, extra) => ({id, type, name: id, position: {x: 0, y: 0}, ...extra})
  const edge = (id, sourceId, targetId) => ({id, sourceId, targetId, type: 'edge'})
  const graph = {nodes: [node('in', 'inputNode'), node('table', 'decisionTableNode', {content}), node('out', 'outputNode')],
                 edges: [edge('1', 'in', 'table'), edge('2', 'table', 'out')]}
  const decision = new ZenEngine().createDecision(Buffer.from(JSON.stringify(graph)))
  return async (fact) => (await decision.evaluate(fact)).result.map((row) => row.id)
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

async function measure(peer, start) {
  let ask
  try {
    ask = await start()
  } catch (error) {
    return {peer, missing: error.message.split('\n')[0]}
  }
  const held = []
  for (const fact of facts) held.push((await ask(fact)).sort())
  const medians_us = []
  for (let round = 0; round < rounds; round++) {
    const times = []
    for (const fact of facts) {
      const began = performance.now()
      await ask(fact)
      times.push((performance.now() - began) * 1000)
    }
    medians_us.push(median(times))
  }
  return {peer, medians_us, held}
}

const answers = []
for (const [peer, start] of [['json-rules-engine', jsonRulesEngine], ['@marcbachmann/cel-js', cel], ['@gorules/zen-engine', zen]]) {
  answers.push(JSON.stringify(await measure(peer, start)))
}
// A peer may keep the process alive; what is written to a pipe must have gone before it ends.
process.stdout.write(`${answers.join('\n')}\n`, () => process.exit(0))
