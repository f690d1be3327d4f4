/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: what matches, what is refused, what is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "offers/cel/pattern.h"

static uint8_t memory[256u << 10];

/* 0, 1; -1: refused. */
static int matches(const char *pattern_text, const char *text)
{
    struct arena arena = arena_of(memory, sizeof memory);
    struct cel_pattern pattern;
    const char *fault = NULL;
    uint64_t budget = 1000000;
    bool is_match = false;
    enum err error = cel_pattern_compile(span_of_text(pattern_text), &arena, &pattern, &fault);
    if (error == ERR_SYNTAX)
        return fault != NULL ? -1 : -2;
    if (error == ERR_OK)
        error = cel_pattern_matches(&pattern, span_of_text(text), &arena, &budget, &is_match);
    return error == ERR_OK ? is_match : -3;
}

struct match_row {
    const char *pattern, *text;
    int expected;
};

static const struct match_row rows[] = {
    {"", "", 1},
    {"", "x", 1},
    {"a", "cat", 1},
    {"a", "dog", 0},
    {"^a", "cat", 0},
    {"t$", "cat", 1},
    {"^cat$", "cat", 1},
    {"^ca$", "cat", 0},
    {"a|b|c", "xxc", 1},
    {"^(a|b|c)$", "b", 1},
    {"^(a|b|c)$", "d", 0},
    {"^(a||c)$", "", 1},
    {"|", "x", 1},
    {"^ab*c$", "ac", 1},
    {"^ab*c$", "abbbc", 1},
    {"^ab+c$", "ac", 0},
    {"^ab?c$", "abc", 1},
    {"^ab?c$", "abbc", 0},
    {"^a{2}$", "aa", 1},
    {"^a{2}$", "aaa", 0},
    {"^a{2,}$", "aaaa", 1},
    {"^a{2,}$", "a", 0},
    {"^a{1,3}$", "aaa", 1},
    {"^a{1,3}$", "aaaa", 0},
    {"^a{0}b$", "b", 1},
    {"^a{0}b$", "ab", 0},
    {"^a{0,2}$", "", 1},
    {"^a{0,2}$", "aaa", 0},
    {"^(ab){2,3}$", "ababab", 1},
    {"^(ab){2,3}$", "ab", 0},
    {"^a{0,}$", "aaaa", 1},
    {"a{,2}", "a{,2}", 1},
    {"a{", "a{", 1},
    {"a{x}", "a{x}", 1},
    {"^a*?b+?c??$", "aab", 1},
    {"^.$", "\xc5\xbc", 1},
    {"^.$", "\n", 0},
    {"(?s)^.$", "\n", 1},
    {"^..$", "\xf0\x9f\x98\x80x", 1},
    {"^[a-c]+$", "abccba", 1},
    {"^[a-c]+$", "abd", 0},
    {"^[^a-c]+$", "xyz", 1},
    {"^[^a-c]$", "b", 0},
    {"[]a]", "]", 1},
    {"[^]a]", "]", 0},
    {"[a-]", "-", 1},
    {"^[\\d\\-]+$", "1-2", 1},
    {"^[\\D]+$", "ab", 1},
    {"^[\\D]+$", "a1", 0},
    {"^[[:alpha:]_]+$", "ab_C", 1},
    {"^[[:^digit:]]+$", "ab1", 0},
    {"^[\xc4\x80-\xc5\xbf]+$", "\xc5\xbc\xc3\xb3", 0},
    {"^[\xc4\x80-\xc5\xbf]+$", "\xc5\xbc\xc4\x87", 1},
    {"\\d+", "abc123", 1},
    {"^\\w+$", "ab_1", 1},
    {"^\\w+$", "a b", 0},
    {"\\s", "a b", 1},
    {"^\\S+$", "ab", 1},
    {"\\W", "ab", 0},
    {"\\bcat\\b", "a cat!", 1},
    {"\\bcat\\b", "concat", 0},
    {"\\Bcat", "concat", 1},
    {"\\Acat\\z", "cat", 1},
    {"\\Aat", "cat", 0},
    {"(?i)CAT", "cat", 1},
    {"(?i)^[a-z]+$", "CAT", 1},
    {"(?i:C)at", "cat", 1},
    {"(?i:C)At", "cat", 0},
    {"(?i)\xc5\xbb\xc3\x93\xc5\x81W", "\xc5\xbc\xc3\xb3\xc5\x82w", 1},
    {"(?i)\xd0\xa7\xd0\x90\xd0\x99", "\xd1\x87\xd0\xb0\xd0\xb9", 1},
    {"(a(?i)b)c", "aBc", 1},
    {"(a(?i)b)c", "abC", 0},
    {"(?-i)a", "A", 0},
    {"(?m)^b$", "a\nb\nc", 1},
    {"^b$", "a\nb\nc", 0},
    {"(?P<name>a)b", "ab", 1},
    {"(?<name>a)b", "ab", 1},
    {"(?:ab)+", "abab", 1},
    {"\\.", "a.b", 1},
    {"\\.", "ab", 0},
    {"\\x41\\x{1f600}", "A\xf0\x9f\x98\x80", 1},
    {"\\101", "A", 1},
    {"\\Qa.b\\E.", "a.bx", 1},
    {"\\Qa.b\\E", "axb", 0},
    {"\\t\\n", "\t\n", 1},
    {"(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", 0},
    {"(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1},
    {"^(ba(na)*)+$", "bananabana", 1},
    {"x*", "", 1},
    {"((((a))))", "a", 1},
    {"^(a{2}){2}$", "aaaa", 1},
    {"^(a{2}){2}$", "aaa", 0},
    {"(", "", -1},
    {")", "", -1},
    {"a)", "", -1},
    {"[a", "", -1},
    {"*", "", -1},
    {"a**", "", -1},
    {"a{2}{3}", "", -1},
    {"+a", "", -1},
    {"(?x)a", "", -1},
    {"(?P<>a)", "", -1},
    {"[b-a]", "", -1},
    {"\\", "", -1},
    {"\\y", "", -1},
    {"\\1", "", -1},
    {"a{1001}", "", -1},
    {"a{3,2}", "", -1},
    {"[[:none:]]", "", -1},
    {"\\pL", "", -1},
    {"\\x4", "", -1},
    {"((a{100}){100}){100}", "", -1},
    {"(?", "", -1},
    {"(?i", "", -1},
    {"(?=a)", "", -1},
};

static void pattern__matches_as_the_syntax_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int got = matches(rows[i].pattern, rows[i].text);
        if (got != rows[i].expected)
            fail_msg("%s on %s: %d", rows[i].pattern, rows[i].text, got);
    }
}

static void pattern__nested_without_end_is_refused(void **state)
{
    (void)state;
    char text[1001] = "";
    memset(text, '(', 1000);
    assert_int_equal(matches(text, ""), -1);
    memset(text, '|', 1000);
    assert_int_equal(matches(text + 500, ""), 1);
    memset(text, 'a', 1000);
    assert_int_equal(matches(text, text), 1);
    memset(text, '[', 1000);
    assert_int_equal(matches(text, ""), -1);
}

static void pattern__that_finds_no_memory_says_so(void **state)
{
    (void)state;
    for (size_t size = 0; size < 2000; size += 16) {
        struct arena arena = arena_of(memory, size);
        struct cel_pattern pattern;
        const char *fault;
        uint64_t budget = 1000;
        bool is_match;
        enum err error = cel_pattern_compile(span_of_text("(a|[b-z]){3}x"), &arena, &pattern, &fault);
        if (error == ERR_OK)
            error = cel_pattern_matches(&pattern, span_of_text("abcx"), &arena, &budget, &is_match);
        assert_true(error == ERR_MEMORY || (error == ERR_OK && is_match));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern__matches_as_the_syntax_says),
        cmocka_unit_test(pattern__nested_without_end_is_refused),
        cmocka_unit_test(pattern__that_finds_no_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
