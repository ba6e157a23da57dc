/* Room for the program's work, whatever `ulimit -s` says. */
#ifndef CLI_STACK_H
#define CLI_STACK_H

typedef int stack_work(int count, char **words);

/* work(count, words), on a stack that is large enough for it; its result. Where there is none to be
 * had, the exit code of a failure, after saying so. */
int stack_run(stack_work *work, int count, char **words);

#endif
