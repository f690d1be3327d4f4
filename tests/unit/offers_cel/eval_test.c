/* SPDX-License-Identifier: Apache-2.0 */
/* What expressions give: tables of those that are true, and of those that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers_cel/bench.h"

static void check_true(const char *const *texts, size_t count)
{
    struct bench *bench = bench_new();
    for (size_t i = 0; i < count; i++) {
        struct cel_value value = bench_run(bench, texts[i]);
        if (!cel_is_true(value))
            fail_msg("%s: %s", texts[i],
                     value.kind == CEL_ERROR ? cel_error_row((enum cel_error)value.count)->name : "not true");
    }
    bench_delete(bench);
}

struct error_row {
    const char *text;
    enum cel_error error;
};

static void check_errors(const struct error_row *rows, size_t count, bool is_unchecked)
{
    struct bench *bench = bench_new();
    bench->is_unchecked = is_unchecked;
    for (size_t i = 0; i < count; i++) {
        struct cel_value value = bench_run(bench, rows[i].text);
        if (value.kind != CEL_ERROR || value.count != (uint32_t)rows[i].error)
            fail_msg("%s: %s", rows[i].text,
                     value.kind == CEL_ERROR ? cel_error_row((enum cel_error)value.count)->name : "no error");
    }
    bench_delete(bench);
}

static void numbers__are_exact_or_an_error(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "1 + 2 * 3 - 4 / 2 % 3 == 5",
        "-7 / 2 == -3",
        "-7 % 3 == -1",
        "7 % -3 == 1",
        "0x7fffffffffffffff > 0",
        "-9223372036854775808 < 0 && -0x8000000000000000 == -9223372036854775808",
        "2 - -2 == 4 && ---2 == -2",
        "18446744073709551615u > 9223372036854775808u",
        "1.5 + 1e-1 == 1.6 && .5 == 0.5 && 1E3 == 1000.0",
        "1.0 / 0.0 == double('inf') && -1.0 / 0.0 == double('-Infinity')",
        "0.1 + 0.2 != 0.3",
        "!(0.0 / 0.0 == 0.0 / 0.0) && 0.0 == -0.0",
        "9007199254740993 == 9007199254740993",
        "dyn(1) == 1u && dyn(1u) == 1.0 && dyn(1.5) > 1 && dyn(-1) < 0u",
        "1 < 1.5 && 1u <= 1 && 2.0 >= 2u",
        "!(2 < 2) && !(2 > 2) && !(2u < 2) && !(2.0 > 2) && 2 <= 2 && 2 >= 2",
        "[1, 2u, 3.0] == [1.0, 2, 3u]",
        "5 == 5 ? true : 1 / 0 > 0",
        "3 in [1, 2, 3] && !(4 in [1, 2, 3])",
        "int(double(9223372036854774784)) == 9223372036854774784",
        "uint('18446744073709551615') + 0u > 1u",
    };
    static const struct error_row errors[] = {
        {"9223372036854775807 + 1", CEL_OVERFLOW},
        {"-9223372036854775808 - 1", CEL_OVERFLOW},
        {"9223372036854775807 * 2", CEL_OVERFLOW},
        {"-9223372036854775808 / -1", CEL_OVERFLOW},
        {"-9223372036854775808 % -1", CEL_OVERFLOW},
        {"0u - 1u", CEL_OVERFLOW},
        {"18446744073709551615u + 1u", CEL_OVERFLOW},
        {"9223372036854775808u * 2u", CEL_OVERFLOW},
        {"1 / 0", CEL_DIVIDE_BY_ZERO},
        {"1u % 0u", CEL_DIVIDE_BY_ZERO},
        {"int(9223372036854775808u)", CEL_OUT_OF_RANGE},
        {"int(-9223372036854775808.0)", CEL_OUT_OF_RANGE},
        {"int(0.0 / 0.0)", CEL_OUT_OF_RANGE},
        {"uint(-0.5) == 0u ? 1 / 0 : uint(-1) == 1u ? 1 : 2", CEL_OUT_OF_RANGE},
    };
    check_true(texts, COUNT_OF(texts));
    check_errors(errors, COUNT_OF(errors), false);
}

static void logic__takes_errors_from_either_side(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "!(false && 1 / 0 > 0) && !(1 / 0 > 0 && false)",
        "true || 1 / 0 > 0",
        "1 / 0 > 0 || true",
        "1 / 0 > 0 || 2 / 0 > 0 || true",
        "!(1 / 0 > 0 && 2 / 0 > 0 && false)",
        "[1, 0].exists(x, 6 / x == 6)",
        "!([0, 1].all(x, 6 / x == 7))",
        "[0, 2].exists(x, 6 / x == 3)",
        "true ? true : 1 / 0 > 0",
        "(false || true) && (true && true) && !(false || false)",
        "!!true",
    };
    static const struct error_row errors[] = {
        {"1 / 0 > 0 && true", CEL_DIVIDE_BY_ZERO},
        {"false || 1 / 0 > 0", CEL_DIVIDE_BY_ZERO},
        {"1 / 0 > 0 ? 1 : 2", CEL_DIVIDE_BY_ZERO},
        {"[0, 1].all(x, 6 / x == 6)", CEL_DIVIDE_BY_ZERO},
        {"[0, 1].exists(x, 6 / x == 7)", CEL_DIVIDE_BY_ZERO},
        {"[0, 1].exists_one(x, 6 / x == 6)", CEL_DIVIDE_BY_ZERO},
    };
    check_true(texts, COUNT_OF(texts));
    check_errors(errors, COUNT_OF(errors), false);
}

static void lists_and_maps__compare_by_what_they_hold(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[] == [] && {} == {}",
        "[1] + [2, 3] == [1, 2, 3]",
        "[[1], [2]] == [[1], [2]]",
        "[1, 2][1] == 2 && [1][dyn(0u)] == 1",
        "{'a': 1, 'b': 2} == {'b': 2, 'a': 1}",
        "{'a': 1}.a == 1 && {'a': 1}['a'] == 1",
        "{1: 'x'}[dyn(1u)] == 'x'",
        "{1u: 'x'}[dyn(1.0)] == 'x'",
        "{true: 'x', false: 'y'}[false] == 'y'",
        "has({'a': 1}.a) && !has({'a': 1}.b)",
        "'a' in {'a': 1} && !('b' in {'a': 1}) && dyn(1.0) in {1: 2}",
        "size([1, 2]) == 2 && {'a': 1}.size() == 1",
        "{'a': [1, {'b': null}]}.a[1].b == null",
        "[1, 2, ] == [1, 2] && {'a': 1, } == {'a': 1}",
        "{'x-y z': 1}.`x-y z` == 1 && {'as': 2}.as == 2",
        "type([]) == list && type({}) == map && type(null) == null_type",
        "[1, 'a', null, 2.0] != [1, 'a', null]",
        "dyn([1]) != dyn({}) && dyn('1') != 1",
    };
    static const struct error_row errors[] = {
        {"[1][1]", CEL_BAD_INDEX},
        {"[1][-1]", CEL_BAD_INDEX},
        {"[1][dyn(0.5)]", CEL_BAD_INDEX},
        {"[1][dyn('0')]", CEL_NO_OVERLOAD},
        {"{'a': 1}.b", CEL_NO_SUCH_KEY},
        {"{'a': 1}['b']", CEL_NO_SUCH_KEY},
        {"{'a': 1, 'a': 2}", CEL_REPEATED_KEY},
        {"{1: 1, 1u: 2}", CEL_REPEATED_KEY},
        {"{dyn(1.5): 1}", CEL_BAD_KEY},
        {"dyn(1).a", CEL_NO_SUCH_FIELD},
        {"has(dyn(1).a)", CEL_NO_SUCH_FIELD},
    };
    check_true(texts, COUNT_OF(texts));
    check_errors(errors, COUNT_OF(errors), false);
}

static void macros__go_over_lists_and_maps(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[1, 2, 3].map(x, x * x) == [1, 4, 9]",
        "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "[1, 2, 3].filter(x, x % 2 == 1) == [1, 3]",
        "{'a': 1, 'b': 2}.map(k, k) == ['a', 'b']",
        "{'a': 1}.all(k, k == 'a') && {'a': 1}.exists(k, v, k == 'a' && v == 1)",
        "[].all(x, false) && ![].exists(x, true)",
        "[1, 2].exists_one(x, x == 1) && ![1, 1].exists_one(x, x == 1)",
        "[5, 6].all(i, v, v == i + 5)",
        "[5, 6].existsOne(i, v, i == 1 && v == 6)",
        "[5, 6].transformList(i, v, i * v) == [0, 6]",
        "[5, 6].transformList(i, v, i > 0, v) == [6]",
        "[5, 6].transformMap(i, v, v) == {0: 5, 1: 6}",
        "{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10) == {'b': 20}",
        "{'a': 1}.transformMapEntry(k, v, {string(v): k}) == {'1': 'a'}",
        "[1, 2].map(x, [1, 2].map(y, x * y)) == [[1, 2], [2, 4]]",
        "[[1, 2], [3]].all(l, l.all(x, x > 0))",
        "[1, 2, 3].filter(x, x > 1).map(x, string(x)) == ['2', '3']",
        "cel.bind(x, 5, x * x) == 25",
        "cel.bind(x, [1, 2], x + x) == [1, 2, 1, 2]",
        "[1].all(x, cel.bind(y, x, [2].all(x, x > y)))",
        "[0,1,2,3,4,5,6,7,8,9,10,11,12].map(x, x).size() == 13",
    };
    static const struct error_row errors[] = {
        {"[1, 0].map(x, 1 / x)", CEL_DIVIDE_BY_ZERO},
        {"[1, 0].filter(x, 1 / x > 0)", CEL_DIVIDE_BY_ZERO},
        {"dyn(1).all(x, true)", CEL_NO_OVERLOAD},
        {"[1].all(x, dyn(x))", CEL_NO_OVERLOAD},
        {"[1, 2].transformMapEntry(i, v, {'same': v})", CEL_REPEATED_KEY},
    };
    check_true(texts, COUNT_OF(texts));
    check_errors(errors, COUNT_OF(errors), false);
}

static void strings__count_characters_not_bytes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "size('za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87') == 6 && size(b'\xc5\xbc') == 2",
        "'a' < 'b' && 'Z' < 'a' && 'a' < 'aa' && '' < 'a'",
        "'\\u017c' > 'z' && b'a' < b'b'",
        "'abc'.contains('bc') && 'abc'.startsWith('a') && 'abc'.endsWith('c')",
        "'tea'.charAt(0) == 't' && 'tea'.charAt(3) == '' && '\\u017cur'.charAt(0) == '\\u017c'",
        "'banana'.indexOf('an') == 1 && 'banana'.indexOf('an', 2) == 3 && 'banana'.indexOf('x') == -1",
        "'banana'.lastIndexOf('an') == 3 && 'banana'.lastIndexOf('an', 2) == 1 && 'abc'.lastIndexOf('') == 3",
        "''.indexOf('') == 0 && ''.indexOf('x') == -1 && 'abc'.indexOf('', 2) == 2",
        "'\\u017c\\u017c!'.indexOf('!') == 2 && '\\u017c!\\u017c'.lastIndexOf('\\u017c') == 2",
        "'MiXed \\u0141'.lowerAscii() == 'mixed \\u0141' && 'mixed'.upperAscii() == 'MIXED'",
        ("'a,b,c'.replace(',', ';') == 'a;b;c' && 'a,b,c'.replace(',', '', 1) == 'ab,c' && "
         "'abc'.replace('x', "
         "'y') == 'abc'"),
        ("'ab'.replace('', '-') == '-a-b-' && 'aaa'.replace('a', 'aa', -1) == 'aaaaaa' && 'aaa'.replace('a', "
         "'b', 0) == 'aaa'"),
        ("'a,b,c'.split(',') == ['a', 'b', 'c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'abc'.split('') "
         "== ['a', 'b', 'c']"),
        ("''.split(',') == [''] && ''.split('') == [] && 'a,b'.split(',', 0) == [] && ',a,'.split(',') == "
         "['', 'a', '']"),
        ("['a', 'b'].join() == 'ab' && ['a', 'b'].join('-') == 'a-b' && [].join('-') == '' && "
         "['x'].join('-') "
         "== 'x'"),
        ("'hello'.substring(1, 3) == 'el' && 'hello'.substring(5) == '' && "
         "'\\u017c\\u00f3\\u0142w'.substring(1, 3) == '\\u00f3\\u0142'"),
        "' \\t\\u00a0x y\\u3000\\n'.trim() == 'x y' && '  '.trim() == ''",
        "'stressed \\u017c'.reverse() == '\\u017c desserts' && ''.reverse() == ''",
        "strings.quote('a\"b\\\\c\\n\\u0007') == '\"a\\\\\"b\\\\\\\\c\\\\n\\\\a\"'",
        "'a' + 'b' + '' == 'ab' && b'a' + b'\\x00' == b'a\\000'",
        "'\\x41\\101\\u0041\\U00000041\\a\\?\\`' == 'AAAA\\u0007?`'",
        "r'\\n' == '\\\\n'",
        "'''a\n'b''' == 'a\\n\\'b' && \"\"\"x\"y\"\"\" == 'x\"y'",
        "'\\ud83d\\ude00' == '\\U0001f600'",
        "'%%|%s|%d|%x|%X|%o|%b'.format(['s', 10, 255, 255, 8, 5]) == '%|s|10|ff|FF|10|101'",
        ("'%.2f %.1e %f %e'.format([2.345, 12345.0, 1, 2u]) == '2.35 1.2e+04 1.000000 2.000000e+00' || "
         "'%.2f'.format([2.345]) == '2.35'"),
        "'%.2f'.format([2.5]) == '2.50' && '%.0f'.format([0.5]) == '0' && '%.0f'.format([-1.5]) == '-2'",
        "'%s %s %s %s'.format([true, null, [1, 'a', 2.5], {'k': b'v'}]) == 'true null [1, a, 2.5] {k: v}'",
        "'%s %s %s'.format([timestamp(0), duration('90m'), type(1u)]) == '1970-01-01T00:00:00Z 5400s uint'",
        "'%d %s'.format([-5, 1e3]) == '-5 1000' && '%x %x'.format(['hi', b'\\xff']) == '6869 ff'",
        ("'%s'.format([b'a\\xff\\xfeb']) == 'a\\ufffdb' && '%d'.format([3.14]) == '3.14' && "
         "'%b'.format([true]) == '1'"),
        ("'%s %s'.format([1.0e21, 0.000001]) == '1000000000000000000000 0.000001' && '%x'.format([-30]) == "
         "'-1e'"),
    };
    static const struct error_row errors[] = {
        {"'abc'.charAt(4)", CEL_BAD_INDEX},          {"'abc'.charAt(-1)", CEL_BAD_INDEX},
        {"'abc'.substring(2, 1)", CEL_BAD_ARGUMENT}, {"'abc'.substring(4)", CEL_BAD_INDEX},
        {"'abc'.indexOf('a', 4)", CEL_BAD_INDEX},    {"'abc'.lastIndexOf('a', -1)", CEL_BAD_INDEX},
        {"'%d'.format([])", CEL_BAD_INDEX},          {"'%z'.format([1])", CEL_BAD_PATTERN},
        {"'%'.format([1])", CEL_BAD_PATTERN},        {"'%.f'.format([1.0])", CEL_BAD_PATTERN},
        {"'%d'.format(['x'])", CEL_NO_OVERLOAD},     {"'%e'.format(['x'])", CEL_NO_OVERLOAD},
        {"'%x'.format([1.5])", CEL_NO_OVERLOAD},     {"'a'.matches('(')", CEL_BAD_PATTERN},
        {"dyn(['a', 1]).join()", CEL_NO_OVERLOAD},
    };
    check_true(texts, COUNT_OF(texts));
    check_errors(errors, COUNT_OF(errors), true);
}

static void conversions__go_there_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ("string(1) == '1' && string(-1) == '-1' && string(1u) == '1' && string(true) == 'true' && "
         "string('x') == 'x'"),
        ("string(1.5) == '1.5' && string(100.0) == '100' && string(1e6) == '1e+06' && string(999999.5) == "
         "'999999.5' && string(1e-5) == "
         "'1e-05'"),
        ("string(0.1) == '0.1' && string(123.456) == '123.456' && string(-4.5e-3) == '-0.0045' && "
         "string(6.02214e23) == '6.02214e+23'"),
        "string(b'abc') == 'abc' && bytes('\\u00ff') == b'\\303\\277'",
        "string(timestamp(1)) == '1970-01-01T00:00:01Z'",
        ("string(duration('1.5s')) == '1.5s' && string(duration('-1h')) == '-3600s' && "
         "string(duration('1ms')) == '0.001s'"),
        "int('-42') == -42 && int('+7') == 7 && int(3.99) == 3 && int(-3.99) == -3 && int(7u) == 7",
        "int(timestamp(99)) == 99",
        "uint('7') == 7u && uint(7) == 7u && uint(7.9) == 7u",
        "double('1e3') == 1000.0 && double(3) == 3.0 && double('-.5') == -0.5",
        "bool('true') && !bool('f') && bool('T') && bool('1') && bool(true)",
        "type(1) == int && type(type(1)) == type && type(1u) == uint",
        "type(timestamp(0)) == google.protobuf.Timestamp && type(duration('0s')) == google.protobuf.Duration",
        "type(1.0) == double && type('') == string && type(b'') == bytes && type(true) == bool",
        "dyn(1) == 1 && dyn([1]) == [1]",
        "timestamp(timestamp(5)) == timestamp(5) && duration(duration('5s')) == duration('5s')",
    };
    static const struct error_row errors[] = {
        {"int('')", CEL_BAD_CONVERSION},
        {"int('1.5')", CEL_BAD_CONVERSION},
        {"int('9223372036854775808')", CEL_BAD_CONVERSION},
        {"uint('-1')", CEL_BAD_CONVERSION},
        {"double('x')", CEL_BAD_CONVERSION},
        {"double('1e')", CEL_BAD_CONVERSION},
        {"bool('yes')", CEL_BAD_CONVERSION},
        {"string(b'\\xff')", CEL_BAD_CONVERSION},
        {"uint(18446744073709551616.0)", CEL_OUT_OF_RANGE},
        {"timestamp('2026-02-30T00:00:00Z')", CEL_BAD_CONVERSION},
        {"duration('5')", CEL_BAD_CONVERSION},
        {"string(dyn([1]))", CEL_NO_OVERLOAD},
    };
    check_true(texts, COUNT_OF(texts));
    /* Unchecked: a text that is written out is refused before it is evaluated. */
    check_errors(errors, COUNT_OF(errors), true);
}

static void maths__is_that_of_the_extension(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "math.greatest(1, 2.5, 2u) == 2.5 && math.least(1, 2.5, 2u) == 1",
        "math.greatest([3, 1]) == 3 && math.least([3, 1]) == 1",
        ("math.ceil(1.2) == 2.0 && math.floor(-1.2) == -2.0 && math.round(0.5) == 1.0 && math.round(-0.5) == "
         "-1.0 && math.round(2.4) == 2.0"),
        ("math.trunc(-1.9) == -1.0 && math.isNaN(math.round(0.0 / 0.0)) && math.ceil(double('inf')) == "
         "double('inf')"),
        "math.abs(-3) == 3 && math.abs(3u) == 3u && math.abs(-2.5) == 2.5",
        "math.sign(-3) == -1 && math.sign(0) == 0 && math.sign(2u) == 1u && math.sign(-0.5) == -1.0",
        "math.isNaN(math.sign(0.0 / 0.0))",
        "math.isInf(1.0 / 0.0) && !math.isInf(1.0) && math.isFinite(1.0) && !math.isFinite(0.0 / 0.0)",
        ("math.bitAnd(6, 3) == 2 && math.bitOr(6u, 3u) == 7u && math.bitXor(6, 3) == 5 && math.bitNot(0u) == "
         "18446744073709551615u"),
        "math.bitShiftLeft(1, 4) == 16 && math.bitShiftRight(-1, 60) == 15 && math.bitShiftLeft(1, 64) == 0",
        ("math.sqrt(81) == 9.0 && math.sqrt(2.0) * math.sqrt(2.0) > 1.99 && math.isNaN(math.sqrt(-1.0)) && "
         "math.sqrt(0u) == 0.0"),
    };
    static const struct error_row errors[] = {
        {"math.abs(-9223372036854775808)", CEL_OVERFLOW}, {"math.bitShiftLeft(1, -1)", CEL_BAD_ARGUMENT},
        {"math.greatest(dyn([]))", CEL_BAD_ARGUMENT},     {"math.greatest(dyn('x'), 1)", CEL_NO_OVERLOAD},
        {"math.least(dyn(['x']))", CEL_NO_OVERLOAD},      {"math.floor(dyn(1))", CEL_NO_OVERLOAD},
    };
    check_true(texts, COUNT_OF(texts));
    check_errors(errors, COUNT_OF(errors), false);
}

static void times__are_of_the_calendar(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ("timestamp('2024-02-29T12:34:56.789Z').getDate() == 29 && "
         "timestamp('2024-02-29T12:34:56.789Z').getDayOfMonth() == 28"),
        ("timestamp('2024-12-31T00:00:00Z').getDayOfYear() == 365 && "
         "timestamp('2024-12-31T00:00:00Z').getMonth() == 11"),
        ("timestamp('2026-11-22T00:00:00Z').getDayOfWeek() == 0 && "
         "timestamp('2026-11-22T00:00:00Z').getFullYear() == 2026"),
        ("timestamp('2024-02-29T12:34:56.789Z').getHours() == 12 && "
         "timestamp('2024-02-29T12:34:56.789Z').getMilliseconds() == 789"),
        ("timestamp('2024-02-29T23:30:00Z').getHours('Test/Ahead') == 0 && "
         "timestamp('2024-02-29T23:30:00Z').getDate('Test/Ahead') == 1"),
        ("timestamp('2024-02-29T23:30:00Z').getHours('-02:30') == 21 && "
         "timestamp('2024-02-29T23:30:00Z').getMinutes('05:45') == 15"),
        ("timestamp('2024-01-01T01:00:00+01:00') == timestamp('2024-01-01T00:00:00Z') && timestamp(0) < "
         "timestamp(1)"),
        ("timestamp(0) + duration('1h') == timestamp(3600) && duration('1h') + timestamp(0) == "
         "timestamp(3600)"),
        "timestamp(3600) - timestamp(0) == duration('1h') && timestamp(0) - duration('1ns') < timestamp(0)",
        ("duration('1h30m').getMinutes() == 90 && duration('1h30m').getHours() == 1 && "
         "duration('90s').getSeconds() == 90"),
        ("duration('1.234s').getMilliseconds() == 234 && duration('1us') == duration('1000ns') && "
         "duration('-1.5h') == duration('-90m')"),
        "duration('1h') > duration('59m') && duration('1h') - duration('1m') == duration('59m')",
        "timestamp('0001-01-01T00:00:00Z') < timestamp('9999-12-31T23:59:59.999999999Z')",
        ("timestamp('1969-12-31T23:59:59.5Z').getSeconds() == 59 && "
         "timestamp('1969-12-31T23:59:59.5Z').getMilliseconds() == 500"),
    };
    static const struct error_row errors[] = {
        {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", CEL_OVERFLOW},
        {"timestamp('0001-01-01T00:00:00Z') - duration('1s')", CEL_OVERFLOW},
        {"timestamp(253402300800)", CEL_OUT_OF_RANGE},
        {"timestamp('10000-01-01T00:00:00Z')", CEL_BAD_CONVERSION},
        {"timestamp('0000-12-31T00:00:00Z')", CEL_OUT_OF_RANGE},
        {"duration('400000h') + duration('2562047h')", CEL_OVERFLOW},
        {"duration('3000000h')", CEL_OUT_OF_RANGE},
        {"timestamp(0).getHours('No/Where')", CEL_BAD_ZONE},
        {"timestamp(0).getHours('+25:00')", CEL_BAD_ZONE},
    };
    check_true(texts, COUNT_OF(texts));
    /* Unchecked: a text that is written out is refused before it is evaluated. */
    check_errors(errors, COUNT_OF(errors), true);
}

static void unchecked__what_means_nothing_fails_when_it_is_met(void **state)
{
    (void)state;
    static const struct error_row errors[] = {
        {"x", CEL_UNKNOWN_NAME},
        {"f(1)", CEL_UNKNOWN_FUNCTION},
        {"1 + 'a'", CEL_NO_OVERLOAD},
        {"'a' && true", CEL_NO_OVERLOAD},
        {"!1", CEL_NO_OVERLOAD},
        {"-'a'", CEL_NO_OVERLOAD},
        {"null < null", CEL_NO_OVERLOAD},
        {"1 ? 2 : 3", CEL_NO_OVERLOAD},
        {"'a'.size(1)", CEL_NO_OVERLOAD},
        {"1.size()", CEL_NO_OVERLOAD},
        {"x.y.z || false", CEL_UNKNOWN_NAME},
        {"2.5 % 2.0", CEL_NO_OVERLOAD},
        {"[1] < [2]", CEL_NO_OVERLOAD},
        {"x.while(1)", CEL_UNKNOWN_FUNCTION},
    };
    check_errors(errors, COUNT_OF(errors), true);
    struct bench *bench = bench_new();
    bench->is_unchecked = true;
    assert_true(cel_is_true(bench_run(bench, "x.for() || f(y) || true")));
    assert_true(cel_is_true(bench_run(bench, "true ? true : x")));
    assert_true(cel_is_true(bench_run(bench, "1 != 1u || 1 == 1u")));
    bench_delete(bench);
}

static void names__mean_the_longest_that_is_declared(void **state)
{
    (void)state;
    static const struct cel_type whole = {.kind = CEL_INT}, text = {.kind = CEL_STRING};
    static const struct cel_type map = {.kind = CEL_MAP, .key = &text, .element = &whole};
    const struct cel_value entry[] = {cel_string(span_of_text("c")), cel_int(3)};
    struct bench *bench = bench_new();
    bench_variable(bench, "a.b", &map, cel_map(entry, 1));
    bench_variable(bench, "a.b.d", &whole, cel_int(4));
    bench_variable(bench, "x", &whole, cel_int(1));
    bench_variable(bench, "m.n.x", &whole, cel_int(2));
    bench_variable(bench, "m.y", &whole, cel_int(5));
    assert_true(cel_is_true(bench_run(bench, "a.b.c == 3 && a.b.d == 4 && x == 1 && .x == 1 && m.n.x == 2")));
    assert_true(cel_is_true(bench_run(bench, "!has((a.b).d) && (a.b)['c'] == 3")));
    bench->declarations.container = "m.n";
    assert_true(cel_is_true(bench_run(bench, "x == 2 && .x == 1 && y == 5 && n.x == 2")));
    assert_true(
        cel_is_true(bench_run(bench, "[7].all(x, x == 7)"))); /* a macro's variable hides all others */
    assert_true(cel_is_true(bench_run(bench, "[{'b': {'d': 9}}].all(a, a.b.d == 9)")));
    bench_delete(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers__are_exact_or_an_error),
        cmocka_unit_test(logic__takes_errors_from_either_side),
        cmocka_unit_test(lists_and_maps__compare_by_what_they_hold),
        cmocka_unit_test(macros__go_over_lists_and_maps),
        cmocka_unit_test(strings__count_characters_not_bytes),
        cmocka_unit_test(conversions__go_there_and_back),
        cmocka_unit_test(maths__is_that_of_the_extension),
        cmocka_unit_test(times__are_of_the_calendar),
        cmocka_unit_test(unchecked__what_means_nothing_fails_when_it_is_met),
        cmocka_unit_test(names__mean_the_longest_that_is_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
