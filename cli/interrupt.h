/* Signals that end the program: SIGINT, SIGTERM, and SIGHUP when the terminal goes away. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From now on they take the unfinished files of the program along when they end it, and a limit on
 * file sizes (ulimit -f) is an error like a full disk. What is ignored (nohup) stays so. */
void interrupt_begin(void);

/* From now on writing to a closed pipe is an error like any other: the work of this command must
 * outlive whoever reads its progress. */
void interrupt_outlive_reader(void);

/* From now on they ask the command to stop; a second one ends the program at once. */
void interrupt_catch(void);

/* The signal that was noted; 0 for none. */
int interrupt_signal(void);

#endif
