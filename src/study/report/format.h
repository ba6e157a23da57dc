/* Numbers as a report shows them, each a text that belongs to the document. What is not known (not
 * a number) is a dash. */
#ifndef RL_STUDY_REPORT_FORMAT_H
#define RL_STUDY_REPORT_FORMAT_H

#include "study/numbers/statistics.h"
#include "study/page/document.h"

/* "93.12" */
const char *rl_format_number(rl_document *document, double value, int decimals);

/* "11,173,962" */
const char *rl_format_count(rl_document *document, uint64_t value);

/* "11173962": what is a name more than a quantity, such as a seed. */
const char *rl_format_plain(rl_document *document, uint64_t value);

/* "+1.23", "−0.40" */
const char *rl_format_difference(rl_document *document, double value, int decimals);

/* "0.125"; "< 0.001" */
const char *rl_format_p(rl_document *document, double p);

/* "93.12% ± 0.21" and "0.123 ± 0.004": mean and deviation; the mean alone when there is one. */
const char *rl_format_sample_percent(rl_document *document, const rl_sample *sample);
const char *rl_format_sample(rl_document *document, const rl_sample *sample, int decimals);

/* "92.80 to 93.40": an interval, scaled. */
const char *rl_format_interval(rl_document *document, double low, double high, double scale,
                               int decimals, bool is_difference);

#endif
