/* TensorBoard's event files: records of length, checksum, an Event message, checksum
 * (tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto). What TensorBoard
 * shows of them: curves of scalars, texts, and the table of hyper-parameters over runs. */
#ifndef RL_FORMAT_EVENTS_H
#define RL_FORMAT_EVENTS_H

#include "reslab.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rl_events rl_events;

/* A setting or its value; a text that is a number or true/false is stored as such. */
typedef struct {
    const char *name, *value;
} rl_hyper_parameter;

/* Starts a new file events.out.tfevents.<time>.<host>.<pid>.<n> in `folder`, of a later time than
 * those that are there. */
rl_status rl_events_create(rl_events **events, const char *folder, rl_error *error);

/* The file's path. */
const char *rl_events_path(const rl_events *events);

/* Points of older files of the folder at steps >= `step` are void: a resumed run writes them anew.
 */
rl_status rl_events_restart(rl_events *events, uint64_t step, rl_error *error);

/* The point (step, value) of curve `tag`. Allocates nothing. */
rl_status rl_events_scalar(rl_events *events, const char *tag, uint64_t step, double value,
                           rl_error *error);

/* A text in Markdown. */
rl_status rl_events_text(rl_events *events, const char *tag, const char *text, rl_error *error);

/* The run's settings for the HPARAMS table; once a file, before its outcome. */
rl_status rl_events_hyper_parameters(rl_events *events, const rl_hyper_parameter *parameters,
                                     size_t count, rl_error *error);

/* How the run ended, for the same table. */
rl_status rl_events_outcome(rl_events *events, bool success, rl_error *error);

/* Hands what was written to the system. */
rl_status rl_events_flush(rl_events *events, rl_error *error);

/* Flushes and closes; errors show in rl_events_flush. */
void rl_events_close(rl_events *events);

#endif
