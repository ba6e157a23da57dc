/* Building JSON so that nothing is lost when memory runs out. jansson's setters answer with a
 * number that is easily overlooked, and the text then lacks a member. With these, what cannot hold
 * a value becomes NULL, as json_pack does of it in turn: one check, where the whole is written, is
 * enough. All of it is here, since whoever builds JSON links jansson, and this layer does not. */
#ifndef RL_BASE_JSON_H
#define RL_BASE_JSON_H

#include <jansson.h>

/* Puts `value` into *object and takes it over; where either is NULL, or there is no memory, *object
 * is released and NULL. */
static inline void rl_json_set(json_t **object, const char *name, json_t *value) {
    if (json_object_set_new(*object, name, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

/* The same at the end of an array. */
static inline void rl_json_append(json_t **array, json_t *value) {
    if (json_array_append_new(*array, value) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}

#endif
