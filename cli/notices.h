/* Notices of the library as warnings of the program. */
#ifndef CLI_NOTICES_H
#define CLI_NOTICES_H

/* From now on "reslab: warning: <notice>" goes to stderr, each text once: the runs of a study say
 * the same again. */
void print_notices(void);

#endif
