/* How long threads that wait for work keep their core busy. */
#ifndef CLI_SPINNING_H
#define CLI_SPINNING_H

/* Starts the program over with a short limit, unless the environment already says something about
 * it. Comes back when nothing is to be done, or nothing can be. */
void limit_spinning(char **words);

#endif
