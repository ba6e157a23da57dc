/* Standard output, from the first moment to the last: that there is one, and that nothing written
 * to it is lost in silence. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>

/* Before anything else: descriptors 0 to 2 that are closed get a place holder that refuses what is
 * written to it, so that no file of the program's takes their number and gets its output. False
 * when that fails. */
bool output_begin(void);

/* Flushes stdout, and remembers if that fails. */
void output_flush(void);

/* Writes a line of any length; where that fails in its middle, stdout alone forgets the reason. */
void output_line(const char *text);

/* Was anything lost? Then a command that does nothing but print may end. */
bool output_is_lost(void);

/* Closes stdout, at the end of the program. When anything written to it was lost, says so and
 * returns 1 in place of 0; of a reader that has gone away (`| head`) it returns what a shell says
 * of programs that this ends, 128 + SIGPIPE, without a message. */
int output_finish(int code);

#endif
