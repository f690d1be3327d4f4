/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-lan-sim - the tills of a store in many lives, or one of them told. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "scenario/lan_sim/world.h"
#include "vault/vault.h"

static const char usage[] = "usage: kassa-lan-sim [--seeds N] [--first SEED] [--replay SEED]\n\n"
                            "The tills of a store and their arbiter through bad days, in simulated time.\n\n"
                            "  --seeds N      lives: 1000\n"
                            "  --first SEED   the first one's seed: 1; the others follow it\n"
                            "  --replay SEED  tells one life, event by event\n"
                            "  --help         this text\n\n"
                            "Exit: 0 all held, 1 a life did not (its seed is printed), 2 usage.\n";

struct sums {
    uint64_t failed, granted, refused, steps;
};

static void live_one(struct world *world, uint64_t seed, struct sums *sums)
{
    if (!live(world, seed, /* is_verbose= */ false)) {
        sums->failed++;
        (void)printf("seed %" PRIu64 ": %s: %s (kassa-lan-sim --replay %" PRIu64 ")\n", seed,
                     world->violation, world->detail, seed);
    }
    sums->granted += world->granted;
    sums->refused += world->refused;
    sums->steps += world->steps;
}

int main(int argc, char **argv)
{
    static struct world world;
    uint64_t first = 1, count = 1000, replayed = 0;
    struct sums sums = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    for (int i = 1; i < argc; i += 2) {
        uint64_t value = i + 1 < argc ? strtoull(argv[i + 1], NULL, 10) : 0;
        if (value == 0 || (strcmp(argv[i], "--seeds") != 0 && strcmp(argv[i], "--first") != 0 &&
                           strcmp(argv[i], "--replay") != 0)) {
            (void)fputs(usage, stderr);
            return 2;
        }
        *(argv[i][2] == 's' ? &count : argv[i][2] == 'f' ? &first : &replayed) = value;
    }
    if (vault_open() != ERR_OK)
        return 2;
    if (replayed != 0)
        return live(&world, replayed, /* is_verbose= */ true) ? 0 : 1;
    for (uint64_t i = 0; i < count && sums.failed < 20; i++)
        live_one(&world, first + i, &sums);
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    (void)printf("P10: %" PRIu64 " stores without a line, %" PRIu64 " violations, %" PRIu64
                 " claims granted and %" PRIu64 " refused, %.0f seeds/s a core\n",
                 count, sums.failed, sums.granted, sums.refused,
                 (double)count / ((double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 + 1e-9));
    return sums.failed == 0 && sums.granted > 0 && sums.refused > 0 ? 0 : 1;
}
