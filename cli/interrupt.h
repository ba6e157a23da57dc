/* SIGINT, SIGTERM, and SIGHUP when the terminal goes away, ask a run to stop; a second one ends the
 * program at once. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From now on these signals are noted instead of ending the program, and writing to a closed
 * pipe is an error like any other, since a run must outlive whoever reads its progress. */
void interrupt_catch(void);

/* The signal that was noted; 0 for none. */
int interrupt_signal(void);

#endif
