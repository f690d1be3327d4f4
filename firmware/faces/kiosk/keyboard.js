// SPDX-License-Identifier: Apache-2.0
// Letters on the screen: a kiosk has no keyboard. One stop of the Tab key, arrows move within; a real keyboard works too.
import { el } from '/pages/dom.js';

const LATIN = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const ROWS = {
  en: LATIN,
  pl: [...LATIN, 'ąćęłńóśźż'],
  lt: [...LATIN, 'ąčęėįšųūž'],
  cs: [...LATIN, 'áčéěířšýž'],
  ru: ['йцукенгшщзхъ', 'фывапролджэё', 'ячсмитьбю'],
};

const BESIDE_SPACE = { cs: 'ďňóťúů' }; // so that no key is narrower than a finger

// A keyboard that writes into input; language decides the letters.
export function keyboard(input, language) {
  let isUpper = input.value === '';
  const write = (letter) => {
    const from = input.selectionStart ?? input.value.length;
    const to = input.selectionEnd ?? from;
    input.setRangeText(isUpper ? letter.toUpperCase() : letter, from, to, 'end');
    setUpper(false);
  };
  const erase = () => {
    const to = input.selectionEnd ?? input.value.length;
    const from = input.selectionStart === to ? Math.max(0, to - 1) : input.selectionStart;
    input.setRangeText('', from, to, 'end');
    if (input.value === '') setUpper(true);
  };
  const key = (text, label, kind, press) => el('button', {
    type: 'button', class: `key ${kind}`, tabindex: -1, 'aria-label': label, onclick: press,
  }, text);
  const shift = key('⇧', language.say('keyboard.shift'), 'wide', () => setUpper(!isUpper));
  const lettersOf = (row) => [...row].map((letter) => key(letter, null, 'letter', () => write(letter)));
  const letters = ROWS[language.code].map(lettersOf);
  const last = [
    shift,
    ...lettersOf(BESIDE_SPACE[language.code] ?? ''),
    key('-', null, '', () => write('-')),
    key('␣', language.say('keyboard.space'), 'space', () => write(' ')),
    key('⌫', language.say('keyboard.delete'), 'wide', erase),
  ];
  const rows = [...letters, last];
  const board = el('div', { class: 'keyboard', role: 'group', 'aria-label': language.say('keyboard.label') },
    rows.map((row) => el('div', { class: row === last && last.length > 4 ? 'row crowded' : 'row' }, row)));
  function setUpper(wanted) {
    isUpper = wanted;
    shift.setAttribute('aria-pressed', String(wanted));
    board.classList.toggle('upper', wanted);
  }
  setUpper(isUpper);
  rove(board, rows);
  return board;
}

// Arrow keys move the focus over the rows; only the key that has it is a Tab stop.
function rove(board, rows) {
  rows[0][0].tabIndex = 0;
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  board.addEventListener('focusin', (event) => {
    for (const key of rows.flat()) key.tabIndex = key === event.target ? 0 : -1;
  });
  board.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (!step) return;
    const y = rows.findIndex((row) => row.includes(event.target));
    const x = rows[y].indexOf(event.target);
    const row = rows[(y + step[0] + rows.length) % rows.length];
    row[Math.min(row.length - 1, Math.max(0, x + step[1]))].focus();
    event.preventDefault();
  });
}
