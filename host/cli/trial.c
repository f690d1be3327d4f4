/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trial.h"

#include "base/civil.h"
#include "base/money.h"
#include "cli/load.h"
#include "platform/linux/linux_clock.h"

#define INPUT_SIZE_MAX (16 * 1024 * 1024)

/* Reads one of the two JSON files into the preview. */
static enum exit_code read_input(const struct call *call, const char *path, struct preview *preview,
                                 enum err (*read)(struct preview *, struct span, struct findings *))
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    if (path == NULL)
        return EXIT_DONE;
    enum err error = load_file(path, INPUT_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = read(preview, load_span(&file), &findings);
    load_print_findings(call->err, path, &findings);
    if (error == ERR_SYNTAX)
        return EXIT_DATA;
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

/* "120", "-300". */
static enum exit_code read_offset(const struct call *call, int32_t *out)
{
    const char *text = call_value(call, "utc-offset");
    int64_t minutes = 0;
    if (text == NULL)
        return EXIT_DONE;
    if (money_parse_decimal(span_of_text(text), 0, &minutes) != ERR_OK || minutes < -1440 || minutes > 1440)
        return call_refuse(call, "--utc-offset=60", "\"%s\" is no offset in minutes", text);
    *out = (int32_t)minutes;
    return EXIT_DONE;
}

/* --at, else now on this machine's own clock. */
static enum exit_code read_moment(const struct call *call, struct offers_moment *out)
{
    const char *at = call_value(call, "at");
    const char *store = call_value(call, "store");
    const char *channel = call_value(call, "channel");
    out->store = store != NULL ? span_of_text(store) : span_of("", 0);
    out->channel = channel != NULL ? span_of_text(channel) : span_of("", 0);
    enum exit_code code = read_offset(call, &out->utc_offset_min);
    if (code != EXIT_DONE)
        return code;
    if (at != NULL)
        return preview_read_time(span_of_text(at), out) == ERR_OK
                   ? EXIT_DONE
                   : call_refuse(call, "2026-11-21T18:30, on the store's own clock", "\"%s\" is no time", at);
    const struct clock clock = linux_clock();
    int64_t now = clock.ops->wall_unix_ms(clock.self);
    out->unix_ms = now;
    out->utc_offset_min = clock.ops->utc_offset_min(clock.self, now);
    struct civil_moment moment = civil_moment_of(now, out->utc_offset_min);
    out->day = moment.day;
    out->minute_of_day = moment.minute_of_day;
    return EXIT_DONE;
}

enum exit_code trial_read(const struct call *call, const char *basket, struct preview *out)
{
    enum exit_code code = read_input(call, basket, out, preview_read_basket);
    if (code == EXIT_DONE)
        code = read_input(call, call_value(call, "member"), out, preview_read_member);
    return code == EXIT_DONE ? read_moment(call, &out->moment) : code;
}
