/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused at head office, and how it is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "harness/ok.h"
#include "unit/offers_cel/bench.h"

static const struct cel_type whole = {.kind = CEL_INT}, text = {.kind = CEL_STRING},
                             truth = {.kind = CEL_BOOL};
static const struct cel_type thing = {.kind = CEL_OBJECT, .object = 0};
static const struct cel_field fields[] = {{"amount", &whole, ""}, {"name", &text, ""}};
static const struct cel_object objects[] = {{"Thing", fields, 2}};
static const struct cel_type *const of_thing[] = {&thing, &text};
static const struct cel_function functions[] = {{"count", "", true, 2, of_thing, &whole, 10}};

static struct bench *thing_bench(void)
{
    struct bench *bench = bench_new();
    bench_variable(bench, "thing", &thing, cel_object(0, 0));
    bench->declarations.objects = objects;
    bench->declarations.object_count = 1;
    bench->declarations.functions = functions;
    bench->declarations.function_count = 1;
    return bench;
}

struct fault_row {
    const char *text;
    uint32_t line, column;
    const char *sentence;
};

static const struct fault_row faults[] = {
    {"", 1, 1, "a value is missing before the end"},
    {"1 +", 1, 4, "a value is missing before the end"},
    {"(1", 1, 3, ") is missing before the end"},
    {"[1, 2", 1, 6, "] is missing before the end"},
    {"{1: 2", 1, 6, "} is missing before the end"},
    {"{1}", 1, 3, ": is missing before }"},
    {"1 2", 1, 3, "the expression ends before 2"},
    {"a.", 1, 3, "a name is missing before the end"},
    {"1 ? 2", 1, 6, ": is missing before the end"},
    {"\n  thing.amont > 1", 2, 9, "there is no field amont; did you mean amount?"},
    {"thng.amount", 1, 1, "there is no variable thng; did you mean thing?"},
    {"thing.cont('x') > 1", 1, 7, "there is no function cont; did you mean count?"},
    {"[1].exits(x, true)", 1, 5, "there is no function exits; did you mean exists?"},
    {"sise('x')", 1, 1, "there is no function sise; did you mean size?"},
    {"math.greatet(1, 2)", 1, 6, "there is no function math.greatet; did you mean math.greatest?"},
    {"lists.range(3)", 1, 7, "there is no function lists.range"},
    {"thng.count('x')", 1, 1, "there is no variable thng; did you mean thing?"},
    {"timestamp('2026-13-01T00:00:00Z')", 1, 11,
     "this is no timestamp, as timestamp('2026-12-24T18:00:00Z') is"},
    {"duration('1d')", 1, 10, "this is no duration, as duration('36h') and duration('1h30m') are"},
    {"1 < int('one')", 1, 9, "this is no int"},
    {"uint('-1')", 1, 6, "this is no uint"},
    {"double('1,5')", 1, 8, "this is no double"},
    {"bool('yes')", 1, 6, "this is neither true nor false"},
    {"zzzzzzzz", 1, 1, "there is no variable zzzzzzzz"},
    {"contains('a', 'b')", 1, 1, "contains is called on a value, as in value.contains()"},
    {"1 + 'a'", 1, 3, "+ does not take (int, string)"},
    {"1 == 'a'", 1, 3, "== does not take (int, string)"},
    {"'a' in 'abc'", 1, 5, "in does not take (string, string)"},
    {"-'a'", 1, 1, "- does not take (string)"},
    {"thing.count(1) == 1", 1, 7, "count does not take (Thing, int)"},
    {"1 && true", 1, 1, "what && joins must be true or false, not a value of type int"},
    {"1 ? 2 : 3", 1, 1, "what stands before ? must be true or false, not a value of type int"},
    {"true ? 2 : 'a'", 1, 6, "both sides of : must be of one type, but they are int and string"},
    {"1.all(x, true)", 1, 3, "all() goes over a list or a map, not over a value of type int"},
    {"[1].all(x, x)", 1, 12, "the condition of this macro must be true or false, not a value of type int"},
    {"[1].all(1, true)", 1, 9, "all() takes the name of a variable here"},
    {"[1].all(x, x, true)", 1, 5, "the two variables of all() have the same name"},
    {"has(thing)", 1, 5, "has() takes a field, as in has(member.birth_day)"},
    {"'abc", 1, 1, "the closing quote of this text is missing"},
    {"'a\\q'", 1, 3, "there is no such escape"},
    {"'\\ud800'", 1, 2, "there is no such character"},
    {"b'\\u0041'", 1, 3, "\\u and \\U are for strings, not for bytes"},
    {"9223372036854775808", 1, 1,
     "the number 9223372036854775808 is too large for an int; append u for a uint"},
    {"18446744073709551616u", 1, 1, "the number 18446744073709551616u is too large"},
    {"12abc", 1, 1, "the number 12 runs into a name"},
    {"1e309 > 1.0", 1, 1, "the number 1e309 is too large"},
    {"thing.amount = 1", 1, 14, "write == for equal, >= for at least, <= for at most"},
    {"true and false", 1, 6, "write && where both must be true"},
    {"(true or false)", 1, 7, "write || where either must be true"},
    {"true & false", 1, 6, "write && where both must be true"},
    {"true | false", 1, 6, "write || where either must be true"},
    {"thing.?amount", 1, 7, "optional values do not exist here: ask with has() or in, then take the value"},
    {"[1][?0]", 1, 5, "optional values do not exist here: ask with has() or in, then take the value"},
    {"1 # 2", 1, 3, "the character # has no meaning here"},
    {"while", 1, 1, "while is a reserved word: no variable can have that name"},
    {"thing{amount: 1}", 1, 6, "messages cannot be made here: a { can only begin a map"},
    {"{1.5: 2}", 1, 2, "a map's key is an int, a uint, a bool or a string, not a value of type double"},
    {"'a'.matches('(')", 1, 13, "the pattern is not well-formed: a closing parenthesis is missing"},
    {"'\xc5\xbc' + 1", 1, 5, "+ does not take (string, int)"},
    {"5.name", 1, 3, "a value of type int has no field name"},
};

static void compile__says_what_is_wrong_and_where(void **state)
{
    (void)state;
    struct bench *bench = thing_bench();
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        assert_int_equal(bench_compile(bench, faults[i].text), ERR_SYNTAX);
        const struct cel_fault *fault = &bench->faults.list[0];
        if (strcmp(fault->sentence, faults[i].sentence) != 0 || fault->line != faults[i].line ||
            fault->column != faults[i].column)
            fail_msg("%s: %u:%u: %s", faults[i].text, fault->line, fault->column, fault->sentence);
    }
    bench_delete(bench);
}

static void compile__refuses_names_of_zones_where_nobody_knows_them(void **state)
{
    (void)state;
    static const char *const known[] = {"timestamp(0).getHours('UTC')", "timestamp(0).getHours('-02:30')",
                                        "timestamp(0).getHours(string('Europe') + '/Vilnius')"};
    static const char named[] = "timestamp(0).getHours('Europe/Vilnius')";
    struct bench *bench = thing_bench();
    ok(bench_compile(bench, named));
    bench->declarations.has_zones = false;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        ok(bench_compile(bench, known[i]));
    assert_int_equal(bench_compile(bench, named), ERR_SYNTAX);
    assert_int_equal(bench->faults.list[0].column, 23);
    bench_delete(bench);
}

static void compile__compares_ints_with_ints_where_amounts_are_whole(void **state)
{
    (void)state;
    static const char *const mixed[] = {"thing.amount > 49.99", "49.99 <= thing.amount", "2u < 1.5",
                                        "[thing].all(t, t.amount >= 0.5)"};
    static const char *const whole_ones[] = {"thing.amount > 4999", "double(thing.amount) > 49.99",
                                             "thing.amount > 1u"};
    struct bench *bench = thing_bench();
    ok(bench_compile(bench, mixed[0]));
    bench->declarations.is_whole = true;
    for (size_t i = 0; i < COUNT_OF(mixed); i++)
        assert_int_equal(bench_compile(bench, mixed[i]), ERR_SYNTAX);
    for (size_t i = 0; i < COUNT_OF(whole_ones); i++)
        ok(bench_compile(bench, whole_ones[i]));
    bench_delete(bench);
}

static void compile__tells_of_all_faults_of_types(void **state)
{
    (void)state;
    struct bench *bench = thing_bench();
    assert_int_equal(bench_compile(bench, "thing.x == 1 && y > 1 && f(z) && 1 + 'a' == 2"), ERR_SYNTAX);
    assert_int_equal(bench->faults.count, 5);
    bench_delete(bench);
}

struct type_row {
    const char *text, *type;
};

static const struct type_row types[] = {
    {"1", "int"},
    {"[1, 2]", "list(int)"},
    {"[1, 'a']", "list(dyn)"},
    {"[]", "list(dyn)"},
    {"[[], [1]]", "list(list(int))"},
    {"{'a': 1.0}", "map(string, double)"},
    {"{}", "map(dyn, dyn)"},
    {"[1].map(x, string(x))", "list(string)"},
    {"{'a': 1}.map(k, k)", "list(string)"},
    {"{'a': 1}.transformMap(k, v, v > 0)", "map(string, bool)"},
    {"thing", "Thing"},
    {"thing.amount + 1", "int"},
    {"timestamp(0) - timestamp(1)", "duration"},
    {"now", "dyn"},
    {"dyn(1) + 1", "int"},
    {"true ? null : timestamp(0)", "timestamp"},
    {"type(1)", "type"},
    {"math.greatest(1, 2)", "int"},
    {"math.greatest(1, 2u)", "dyn"},
    {"[] + ['a']", "list(string)"},
    {"thing.count('x')", "int"},
    {"'a'.split(',')", "list(string)"},
    {"dyn(1)[0]", "dyn"},
    {"null", "null_type"},
    {"[1, null]", "list(dyn)"},
    {"[timestamp(0), null]", "list(timestamp)"},
    {"cel.bind(x, 'a', x)", "string"},
};

static void compile__finds_the_type(void **state)
{
    (void)state;
    static const struct cel_type dyn = {.kind = CEL_DYN};
    struct bench *bench = thing_bench();
    bench_variable(bench, "now", &dyn, cel_null());
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        char found[64];
        ok(bench_compile(bench, types[i].text));
        cel_type_print(bench->program.type, &bench->declarations, found, sizeof found);
        if (strcmp(found, types[i].type) != 0)
            fail_msg("%s: %s", types[i].text, found);
    }
    bench_delete(bench);
}

static void compile__wants_the_type_that_it_was_told(void **state)
{
    (void)state;
    struct bench *bench = thing_bench();
    struct arena arena = arena_of(bench->memory, CEL_MEMORY_SIZE);
    struct cel_source source = {
        .text = span_of_text("1 + 1"), .declarations = &bench->declarations, .wanted = &truth};
    assert_int_equal(cel_compile(&source, &arena, &bench->program, &bench->faults), ERR_SYNTAX);
    assert_string_equal(bench->faults.list[0].sentence,
                        "the expression must give a value of type bool, and gives int");
    source.text = span_of_text("dyn(1)"); /* may be one */
    ok(cel_compile(&source, &arena, &bench->program, &bench->faults));
    bench_delete(bench);
}

/* count copies of a piece, between a begin and an end. */
static char *repeated(const char *begin, const char *piece, size_t count, const char *end)
{
    char *made = malloc(strlen(begin) + count * strlen(piece) + strlen(end) + 1);
    assert_non_null(made);
    size_t size = strlen(begin);
    memcpy(made, begin, size);
    for (size_t i = 0; i < count; i++, size += strlen(piece))
        memcpy(made + size, piece, strlen(piece));
    memcpy(made + size, end, strlen(end) + 1);
    return made;
}

static enum err compile_repeated(struct bench *bench, const char *begin, const char *piece, size_t count,
                                 const char *end)
{
    char *made = repeated(begin, piece, count, end);
    enum err error = bench_compile(bench, made);
    free(made);
    return error;
}

static void compile__bears_what_the_language_asks_for(void **state)
{
    (void)state;
    struct bench *bench = thing_bench();
    ok(compile_repeated(bench, "1", " + 1", 100, ""));
    ok(compile_repeated(bench, "true", " && true", 1000, ""));
    ok(compile_repeated(bench, "true", " ? true : false", 0, ""));
    ok(compile_repeated(bench, "", "!", 64, "true"));
    ok(compile_repeated(bench, "[0", ", 0", 2000, "]"));
    ok(compile_repeated(bench, "true", " == true", 100, ""));
    ok(bench_compile(bench,
                     "((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))"));
    bench_delete(bench);
}

static void compile__refuses_what_is_too_much(void **state)
{
    (void)state;
    struct bench *bench = thing_bench();
    assert_int_equal(compile_repeated(bench, "1", " + 1", 500, ""), ERR_SYNTAX);
    assert_string_equal(bench->faults.list[0].sentence, "the expression is nested too deeply");
    assert_int_equal(compile_repeated(bench, "", "(", 8000, ""), ERR_SYNTAX);
    assert_int_equal(compile_repeated(bench, "", "[", 8000, ""), ERR_SYNTAX);
    assert_int_equal(compile_repeated(bench, "", "-", 8000, "x"), ERR_SYNTAX);
    assert_int_equal(compile_repeated(bench, "x", ".x", 4000, ""), ERR_SYNTAX);
    assert_int_equal(compile_repeated(bench, "true", " ? true : true", 1000, ""), ERR_SYNTAX);
    assert_int_equal(compile_repeated(bench, "'", "a", CEL_TEXT_MAX, "'"), ERR_TOO_LONG);
    assert_int_equal(bench_compile(bench, "'\xff'"), ERR_SYNTAX);
    bench_delete(bench);
}

static void compile__says_when_memory_is_short(void **state)
{
    (void)state;
    struct bench *bench = thing_bench();
    struct cel_source source = {
        .text = span_of_text("[1, 2, 3].map(x, [x, {'a': 'b'}]) == [] && 'a'.matches('b+')"),
        .declarations = &bench->declarations,
        .is_unchecked = true};
    for (size_t size = 0; size < 75000; size += size < 12000 ? 16 : 1000) {
        struct arena arena = arena_of(bench->memory, size);
        enum err error = cel_compile(&source, &arena, &bench->program, &bench->faults);
        assert_true(error == ERR_MEMORY || error == ERR_OK);
    }
    bench_delete(bench);
}

static void cost__bounds_the_steps(void **state)
{
    (void)state;
    static const char *const texts[] = {"1 + 1",
                                        "[1, 2, 3].all(x, [1, 2].exists(y, x == y))",
                                        "'abc'.contains('b') && 'a' in ['b', 'a']",
                                        "[3, 2, 1].map(x, x * 2).filter(x, x > 2).size() == 2",
                                        "string(1.5) + 'x' == '1.5x'",
                                        "'banana'.matches('(an)+a')"};
    struct bench *bench = thing_bench();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        (void)bench_run(bench, texts[i]);
        assert_true(bench->spent <= bench->program.cost);
    }
    bench_delete(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile__says_what_is_wrong_and_where),
        cmocka_unit_test(compile__refuses_names_of_zones_where_nobody_knows_them),
        cmocka_unit_test(compile__compares_ints_with_ints_where_amounts_are_whole),
        cmocka_unit_test(compile__tells_of_all_faults_of_types),
        cmocka_unit_test(compile__finds_the_type),
        cmocka_unit_test(compile__wants_the_type_that_it_was_told),
        cmocka_unit_test(compile__bears_what_the_language_asks_for),
        cmocka_unit_test(compile__refuses_what_is_too_much),
        cmocka_unit_test(compile__says_when_memory_is_short),
        cmocka_unit_test(cost__bounds_the_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
