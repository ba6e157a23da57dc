/* How often the rules of docs/method.md say what is not so, and how often they
 * find what is: studies of made-up runs, judged by the library's own functions.
 * A row says what its rate is held against: the rate that theory gives, a
 * bound, or, where the assumptions of the rule are broken on purpose or theory
 * has no number, the rate that 60,000 to 200,000 other studies had. Prints the
 * table of docs/method.md; a rate that is more than four standard errors off is
 * marked, and the exit code is 1. 20,000 studies a row take a minute and a half
 * of one core.
 *
 * usage: bench_error_rates [STUDIES]
 */
#include "base/random.h"
#include "study/numbers/judge.h"
#include "study/numbers/power.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARMS = 4, SEEDS = 16, IMAGES = 300 };

typedef double draw(rl_random *random);

typedef enum { IS, AT_MOST, AT_LEAST } relation;

typedef struct row {
    const char *what;
    double (*study)(const struct row *row, rl_random *random); /* its share of hits, or seeds */
    relation relation;
    double expected;
    size_t seeds;
    double ahead;    /* of the first arm, in deviations */
    draw *first;     /* noise of the first arm; NULL: as of the others */
    double times;    /* its deviation, those of the others being 1; 0: 1, too */
    double together; /* correlation of the arms */
} row;

/* ---- Runs ---- */

static double normal(rl_random *random) {
    return (double)rl_random_normal(random);
}

/* Exponential, with mean 0 and deviation 1: a long tail of good runs. */
static double skewed(rl_random *random) {
    return -log(rl_random_double(random)) - 1;
}

/* One run of ten ends 5 deviations lower; mean 0. */
static double collapsed(rl_random *random) {
    const double run = normal(random);
    return rl_random_double(random) < 0.1 ? run - 4.5 : run + 0.5;
}

/* Student's t with 3 degrees, deviation 1. */
static double heavy(rl_random *random) {
    double squares = 0;
    for (int i = 0; i < 3; i++)
        squares += pow(normal(random), 2);
    return normal(random) / sqrt(squares / 3) / sqrt(3);
}

/* Runs of all arms, in deviations of a run. */
static void draw_arms(const row *what, rl_random *random, double values[ARMS][SEEDS]) {
    for (size_t s = 0; s < what->seeds; s++) {
        const double shared = normal(random);
        for (size_t a = 0; a < ARMS; a++) {
            const bool special = a == 0 && what->first;
            double run = special ? what->first(random) : normal(random);
            run = sqrt(1 - what->together) * run + sqrt(what->together) * shared;
            values[a][s] = a ? run : (what->times > 0 ? what->times : 1) * run + what->ahead;
        }
    }
}

/* Differences of a pair of arms, whose deviation is 1. */
static void draw_differences(const row *what, rl_random *random, double ahead, double *values) {
    for (size_t s = 0; s < what->seeds; s++)
        values[s] = normal(random) + ahead;
}

/* ---- Pairs ---- */

static rl_place place_pair(const double *first, const double *second, size_t seeds, double m,
                           double grain) {
    double differences[SEEDS];
    for (size_t s = 0; s < seeds; s++)
        differences[s] = first[s] - second[s];
    const rl_interval interval = rl_interval_of(differences, seeds, RL_ALPHA / m, grain);
    return rl_interval_place(&interval, 0);
}

/* Any verdict on arms that are all equal. */
static double any_pair(const row *what, rl_random *random) {
    double values[ARMS][SEEDS];
    draw_arms(what, random, values);
    for (size_t a = 0; a < ARMS; a++)
        for (size_t b = a + 1; b < ARMS; b++)
            if (place_pair(values[a], values[b], what->seeds, 6, 0) != RL_LIES_ACROSS)
                return 1;
    return 0;
}

/* Is the first arm found to be better than the second, all pairs being looked
 * at? */
static double one_pair(const row *what, rl_random *random) {
    double values[ARMS][SEEDS];
    draw_arms(what, random, values);
    return place_pair(values[0], values[1], what->seeds, 6, 0) != RL_LIES_ACROSS;
}

/* A verdict on two arms alone. */
static double two_arms(const row *what, rl_random *random) {
    double values[ARMS][SEEDS];
    draw_arms(what, random, values);
    return place_pair(values[0], values[1], what->seeds, 1, 0) != RL_LIES_ACROSS;
}

/* The same, one of six pairs, of accuracies that spread over less than one
 * image: rounded, three differences are often equal. */
static double rounded(const row *what, double grain, rl_random *random) {
    double values[2][SEEDS];
    const double mean = rl_random_double(random);
    for (size_t a = 0; a < 2; a++)
        for (size_t s = 0; s < what->seeds; s++)
            values[a][s] = round(mean + 0.4 * normal(random));
    return place_pair(values[0], values[1], what->seeds, 6, grain) != RL_LIES_ACROSS;
}

static double rounded_floored(const row *what, rl_random *random) {
    return rounded(what, 1, random);
}

static double rounded_bare(const row *what, rl_random *random) {
    return rounded(what, 0, random);
}

/* Accuracies in points; the first arm is 1.5 deviations better where its run
 * does not diverge, which 3 of 10 do. Is it called better? */
static double diverging(const row *what, double guess, rl_random *random) {
    double differences[SEEDS];
    for (size_t s = 0; s < what->seeds; s++) {
        const double run = 60 + 1.5 + normal(random), other = 60 + normal(random);
        differences[s] = (rl_random_double(random) < 0.3 ? guess : run) - other;
    }
    const rl_interval interval = rl_interval_of(differences, what->seeds, RL_ALPHA, 0);
    return interval.count >= RL_VERDICT_SEEDS && rl_interval_place(&interval, 0) == RL_LIES_ABOVE;
}

static double diverged_counted(const row *what, rl_random *random) {
    return diverging(what, 10, random);
}

static double diverged_dropped(const row *what, rl_random *random) {
    return diverging(what, NAN, random);
}

/* ---- Claims ---- */

/* Three claims of `parts` arms each, and whether any was supported or refuted.
 * The first `clear` parts of each claim lie 3 deviations above their line. */
static bool judge_three(const row *what, rl_random *random, rl_claim_kind kind, size_t parts,
                        size_t clear, bool in_order) {
    double values[9][SEEDS], *differences[9], grains[3] = {0};
    rl_claim_part made[9];
    rl_claim_case cases[3];
    rl_claim_result results[3];
    bool any = false;
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < parts; i++) {
            differences[3 * c + i] = values[3 * c + i];
            draw_differences(what, random, i < clear ? 3 : what->ahead, values[3 * c + i]);
        }
        cases[c] = (rl_claim_case){.kind = kind,
                                   .line = kind == RL_CLAIM_SAME ? what->ahead : 0,
                                   .part_count = parts,
                                   .differences = &differences[3 * c],
                                   .grains = grains};
        results[c].parts = &made[3 * c];
    }
    rl_claims_judge(cases, 3, &(rl_claim_plan){.seeds = what->seeds, .in_order = in_order},
                    results);
    for (size_t c = 0; c < 3; c++)
        any = any || results[c].outcome == RL_CLAIM_SUPPORTED ||
              results[c].outcome == RL_CLAIM_REFUTED;
    return any;
}

static double three_better(const row *what, rl_random *random) {
    return judge_three(what, random, RL_CLAIM_BETTER, 1, 0, false);
}

static double three_same(const row *what, rl_random *random) {
    return judge_three(what, random, RL_CLAIM_SAME, 1, 0, false);
}

static double three_lists(const row *what, rl_random *random) {
    return judge_three(what, random, RL_CLAIM_BETTER, 3, 0, false);
}

static double three_lists_but_one(const row *what, rl_random *random) {
    return judge_three(what, random, RL_CLAIM_BETTER, 3, 2, false);
}

static double three_in_order(const row *what, rl_random *random) {
    return judge_three(what, random, RL_CLAIM_BETTER, 1, 0, true);
}

/* One claim, looked at after 4, 8 and 16 seeds. */
typedef struct {
    bool decided;
    size_t seeds; /* after which the study ended */
} looked;

static looked look(const row *what, rl_random *random, bool give_up) {
    static const size_t looks[] = {4, 8, 16};
    double values[SEEDS], *differences[] = {values};
    const double grains[] = {0};
    rl_claim_part part;
    rl_claim_result result = {.parts = &part};
    const rl_claim_case claim = {
        .kind = RL_CLAIM_BETTER, .part_count = 1, .differences = differences, .grains = grains};
    draw_differences(what, random, what->ahead, values);
    rl_claim_plan plan = {.seeds = SEEDS, .looks = looks, .look_count = 3};
    for (size_t i = 0; i < 3; i++) {
        plan.complete = looks[i];
        rl_claims_judge(&claim, 1, &plan, &result);
        const bool decided = result.outcome != RL_CLAIM_UNDECIDED;
        if (decided || i == 2 || (give_up && rl_claims_settled(&result, 1)))
            return (looked){decided, looks[i]};
    }
    return (looked){false, SEEDS};
}

static double looks_decide(const row *what, rl_random *random) {
    return look(what, random, false).decided;
}

static double looks_seeds(const row *what, rl_random *random) {
    return (double)look(what, random, false).seeds;
}

static double futility_decides(const row *what, rl_random *random) {
    return look(what, random, true).decided;
}

static double futility_seeds(const row *what, rl_random *random) {
    return (double)look(what, random, true).seeds;
}

/* What not to do: looking after every seed without a correction. */
static double peeking(const row *what, rl_random *random) {
    double values[SEEDS];
    draw_differences(what, random, what->ahead, values);
    for (size_t seeds = 3; seeds <= what->seeds; seeds++) {
        const rl_interval interval = rl_interval_of(values, seeds, RL_ALPHA, 0);
        if (rl_interval_place(&interval, 0) != RL_LIES_ACROSS)
            return 1;
    }
    return 0;
}

/* ---- Images, limits and plans ---- */

/* Two networks that are equally good on new images and with new seeds, on a
 * test set of 300: images differ in how hard they are, and for whom. Does the
 * interval hold 0? */
static double cover(const row *what, bool images, rl_random *random) {
    static uint8_t bits[2][SEEDS][IMAGES];
    const uint8_t *first[SEEDS], *second[SEEDS];
    double hard[IMAGES], differences[SEEDS] = {0};
    for (size_t i = 0; i < IMAGES; i++)
        hard[i] = normal(random);
    for (size_t a = 0; a < 2; a++) {
        double own[IMAGES];
        for (size_t i = 0; i < IMAGES; i++)
            own[i] = 0.3 + hard[i] + what->ahead * normal(random);
        for (size_t s = 0; s < what->seeds; s++) {
            const double run = 0.05 * normal(random);
            for (size_t i = 0; i < IMAGES; i++) {
                bits[a][s][i] = own[i] + run + 0.5 * normal(random) > 0;
                differences[s] += (a ? -1.0 : 1.0) * bits[a][s][i] / IMAGES;
            }
        }
    }
    for (size_t s = 0; s < what->seeds; s++) {
        first[s] = bits[0][s];
        second[s] = bits[1][s];
    }
    const rl_interval interval =
        images ? rl_image_interval(first, second, what->seeds, IMAGES, RL_ALPHA)
               : rl_interval_of(differences, what->seeds, RL_ALPHA, 1.0 / IMAGES);
    return rl_interval_place(&interval, 0) == RL_LIES_ACROSS;
}

static double seeds_cover(const row *what, rl_random *random) {
    return cover(what, false, random);
}

static double images_cover(const row *what, rl_random *random) {
    return cover(what, true, random);
}

/* Is a share below its upper limit? */
static double limit_covers(const row *what, rl_random *random) {
    size_t hits = 0;
    for (size_t s = 0; s < what->seeds; s++)
        hits += rl_random_double(random) < what->ahead;
    return what->ahead <= rl_share_limit(hits, what->seeds);
}

/* Does a plan made with a pilot's deviation have enough seeds? */
static double pilot_suffices(const row *what, rl_random *random) {
    double values[SEEDS];
    draw_differences(what, random, 0, values);
    const rl_interval pilot = rl_interval_of(values, what->seeds, RL_ALPHA, 0);
    return pilot.deviation * rl_pilot_factor(what->seeds) >= 1;
}

/* ---- The table ---- */

static const row rows[] = {
    {"4 equal arms, all pairs, 3 seeds: any verdict", any_pair, AT_MOST, .05, .seeds = 3},
    {"the same, 5 seeds", any_pair, AT_MOST, .05, .seeds = 5},
    {"the same, 8 seeds", any_pair, AT_MOST, .05, .seeds = 8},
    {"the same, 16 seeds", any_pair, AT_MOST, .05, .seeds = 16},
    {"8 seeds, one arm with 3 times the deviation", any_pair, AT_MOST, .05, .seeds = 8, .times = 3},
    {"8 seeds, arms correlated by .7", any_pair, AT_MOST, .05, .seeds = 8, .together = .7},
    {"8 seeds, one arm heavy-tailed (t with 3 degrees)", any_pair, AT_MOST, .05, .seeds = 8,
     .first = heavy},
    {"8 seeds, one arm skewed (exponential)", any_pair, IS, .0489, .seeds = 8, .first = skewed},
    {"8 seeds, one arm with 10% collapsed runs", any_pair, IS, .0588, .seeds = 8,
     .first = collapsed},
    {"2 equal arms, 8 seeds: a verdict", two_arms, IS, .05, .seeds = 8},
    {"the same, deviations 1 and 3", two_arms, IS, .05, .seeds = 8, .times = 3},
    {"the same, correlated by .7", two_arms, IS, .05, .seeds = 8, .together = .7},
    {"the same, one arm skewed", two_arms, IS, .053, .seeds = 8, .first = skewed},
    {"the same, one arm with 10% collapsed runs", two_arms, IS, .0672, .seeds = 8,
     .first = collapsed},
    {"equal accuracies within one image, 3 seeds, 6 pairs: a verdict", rounded_floored, AT_MOST,
     .05 / 6, .seeds = 3},
    {"the same without the floor of the deviation", rounded_bare, IS, .0194, .seeds = 3},
    {"arm that diverges in 30% of runs, else 1.5 deviations better, 8 seeds: "
     "\"better\"",
     diverged_counted, IS, .0424, .seeds = 8},
    {"the same with diverged runs dropped", diverged_dropped, IS, .4984, .seeds = 8},
    {"4 arms, one 2 deviations ahead, 5 seeds: found", one_pair, IS, 0, .seeds = 5, .ahead = 2},
    {"the same, 8 seeds", one_pair, IS, 0, .seeds = 8, .ahead = 2},
    {"the same, 10 deviations, 3 seeds", one_pair, IS, 0, .seeds = 3, .ahead = 10},
    {"3 claims `better` of equal arms, 8 seeds: any word", three_better, AT_MOST, .05, .seeds = 8},
    {"3 claims `same`, arms apart by the margin: any word", three_same, AT_MOST, .05, .seeds = 8,
     .ahead = 2},
    {"3 claims on lists of 3 equal arms: any word", three_lists, AT_MOST, .05, .seeds = 8},
    {"the same, two of each list far ahead", three_lists_but_one, AT_MOST, .05, .seeds = 8},
    {"3 claims in declared order, equal arms: any word", three_in_order, AT_MOST, .05, .seeds = 8},
    {"looks at 4, 8, 16 seeds, equal arms: a word", looks_decide, AT_MOST, .05, .seeds = 16},
    {"seeds that it took", looks_seeds, IS, 15.76, .seeds = 16},
    {"the same, 1 deviation apart: found", looks_decide, IS, .9264, .seeds = 16, .ahead = 1},
    {"seeds that it took", looks_seeds, IS, 12.33, .seeds = 16, .ahead = 1},
    {"2 deviations apart: seeds", looks_seeds, IS, 6.84, .seeds = 16, .ahead = 2},
    {"5 deviations apart: seeds", looks_seeds, IS, 4.09, .seeds = 16, .ahead = 5},
    {"giving up when futile, equal arms: a word", futility_decides, AT_MOST, .05, .seeds = 16},
    {"seeds that it took", futility_seeds, IS, 12.19, .seeds = 16},
    {"the same, 1 deviation apart: found", futility_decides, IS, .9233, .seeds = 16, .ahead = 1},
    {"seeds that it took", futility_seeds, IS, 12.26, .seeds = 16, .ahead = 1},
    {"looking after every seed to 16, uncorrected, equal arms", peeking, IS, .2075, .seeds = 16},
    {"interval over 5 seeds holds the truth for new images", seeds_cover, IS, .8651, .seeds = 5,
     .ahead = .5},
    {"interval for new images holds it", images_cover, AT_LEAST, .95, .seeds = 5, .ahead = .5},
    {"the same, arms alike on most images", images_cover, AT_LEAST, .95, .seeds = 5, .ahead = .1},
    {"upper limit of a share of 35%, 8 runs, holds it", limit_covers, AT_LEAST, .95, .seeds = 8,
     .ahead = .35},
    {"plan from a pilot of 3 seeds has enough seeds", pilot_suffices, IS, .8, .seeds = 3},
    {"plan from a pilot of 8 seeds has enough seeds", pilot_suffices, IS, .8, .seeds = 8},
};

/* Rates that theory gives: power of one pair of six, whose difference has the
 * deviation sqrt(2). */
static double expected_of(const row *what) {
    if (what->study == one_pair)
        return rl_power(what->seeds, what->ahead / sqrt(2), RL_ALPHA / 6);
    return what->expected;
}

static bool measure(const row *what, size_t number, size_t studies) {
    static const char *const relations[] = {"", "at most ", "at least "};
    const double expected = expected_of(what), n = (double)studies;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < studies; i++) {
        rl_random random = rl_random_stream(1, RL_RANDOM_BENCH, (uint32_t)number, i);
        const double value = what->study(what, &random);
        sum += value;
        squares += value * value;
    }
    const double mean = sum / n, spread = squares / n - mean * mean;
    const double error = sqrt(fmax(spread, expected < 1 ? expected * (1 - expected) : 0) / n);
    const double over = (mean - expected) / error;
    const bool good =
        !(what->relation != AT_LEAST && over > 4) && !(what->relation != AT_MOST && over < -4);
    const int digits = expected > 1 ? 2 : 4;
    printf("| %s | %.*f | %s%.*f |%s\n", what->what, digits, mean, relations[what->relation],
           digits, expected, good ? "" : " <- off by more than 4 standard errors");
    fflush(stdout);
    return good;
}

int main(int argc, char **argv) {
    const long studies = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
    bool good = studies >= 100;
    if (!good)
        fprintf(stderr, "usage: bench_error_rates [STUDIES], at least 100\n");
    else
        printf("| %ld studies a row | measured | expected |\n|---|---|---|\n", studies);
    for (size_t i = 0; studies >= 100 && i < sizeof rows / sizeof *rows; i++)
        good = measure(&rows[i], i, (size_t)studies) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
