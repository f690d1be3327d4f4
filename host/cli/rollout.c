/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rollout.h"

#include "cli/desk.h"
#include "platform/linux/linux_clock.h"

#define HOURS_MAX 8760

/* "12", "0.5", "33.34": at most two digits behind the point. Answers what follows; NULL: no share. */
static const char *read_share(const char *text, uint32_t *out_bp)
{
    uint32_t whole = 0, part = 0, weight = 10;
    if (*text < '0' || *text > '9')
        return NULL;
    for (; *text >= '0' && *text <= '9' && whole <= 100; text++)
        whole = whole * 10 + (uint32_t)(*text - '0');
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9' && weight > 0; text++, weight /= 10)
            part += weight * (uint32_t)(*text - '0');
    if (whole > 100)
        return NULL;
    *out_bp = whole * 100 + part;
    return *out_bp >= 1 && *out_bp <= CRM_SHARE_ALL ? text : NULL;
}

static enum exit_code refuse_share(const struct call *call, const char *text)
{
    return call_refuse(call, "0.01 to 100, with at most two digits behind the point; steps grow: 10,50,100",
                       "\"%s\" is no share in per cent", text);
}

static enum exit_code read_steps(const struct call *call, struct rollout_words *words)
{
    const char *text = call_value(call, "steps");
    uint32_t before = words->plan.share_bp;
    for (const char *at = text; at != NULL && *at != '\0';) {
        uint32_t share = 0;
        const char *end = read_share(at, &share);
        bool is_sound = end != NULL && (*end == ',' || *end == '\0') && share > before &&
                        words->plan.step_count < CRM_ROLLOUT_STEPS_MAX;
        if (!is_sound)
            return refuse_share(call, text);
        words->steps_bp[words->plan.step_count++] = share;
        before = share;
        at = *end == ',' ? end + 1 : end;
    }
    return EXIT_DONE;
}

static enum exit_code read_hours(const struct call *call, struct rollout_words *words)
{
    uint64_t hours = 0;
    enum exit_code code = call_number(call, "every", &hours);
    if (code != EXIT_DONE || !call_has(call, "every"))
        return code;
    if (hours < 1 || hours > HOURS_MAX)
        return call_refuse(call, "1 to 8760 hours", "--every is out of range");
    if (words->plan.step_count == 0)
        return call_refuse(call, "--steps 10,100 --every 24", "--every wants --steps");
    words->plan.step_minutes = (uint32_t)hours * 60;
    return EXIT_DONE;
}

enum exit_code rollout_read_plan(const struct call *call, const char *share, struct rollout_words *out)
{
    const struct clock clock = linux_clock();
    *out = (struct rollout_words){.plan = {.share_bp = CRM_SHARE_ALL,
                                           .steps_bp = out->steps_bp,
                                           .unix_ms = clock.ops->wall_unix_ms(clock.self)}};
    if (share != NULL) {
        const char *end = read_share(share, &out->plan.share_bp);
        if (end == NULL || *end != '\0')
            return refuse_share(call, share);
    }
    enum exit_code code = read_steps(call, out);
    return code == EXIT_DONE ? read_hours(call, out) : code;
}

const char *rollout_share(uint32_t share_bp, char out[ROLLOUT_SHARE_SIZE])
{
    uint32_t whole = share_bp / 100, part = share_bp % 100;
    if (part == 0)
        (void)snprintf(out, ROLLOUT_SHARE_SIZE, "%u %%", whole);
    else
        (void)snprintf(out, ROLLOUT_SHARE_SIZE, "%u.%02u %%", whole, part);
    return out;
}

void rollout_print_plan(FILE *out, const struct crm_rollout_plan *plan)
{
    char text[ROLLOUT_SHARE_SIZE];
    if (plan->share_bp >= CRM_SHARE_ALL)
        fputs(" for all tills", out);
    else
        fprintf(out, " for %s of the tills", rollout_share(plan->share_bp, text));
    for (size_t i = 0; i < plan->step_count; i++)
        fprintf(out, "%s%s", i == 0 ? ", then " : ", ", rollout_share(plan->steps_bp[i], text));
    if (plan->step_minutes > 0)
        fprintf(out, " each %u hours", plan->step_minutes / 60);
    fputc('\n', out);
}

enum exit_code rollout_change(const struct call *call, const struct rollout_change *change, crm_Rollout *out)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    const char *reason = call_value(call, "reason");
    if (reason != NULL && strlen(reason) >= sizeof(out->reason))
        return call_refuse(call, "at most 80 bytes", "--reason is too long");
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error =
        change->make(&txn, reason != NULL ? reason : "by hand", clock.ops->wall_unix_ms(clock.self));
    if (error == ERR_OK)
        error = crm_rollout_get(&txn, out);
    if (error == ERR_OK)
        error = store_commit(&txn);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the rollout", change->hint_of(error));
}
