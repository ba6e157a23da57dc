/* The image files that the operands of `reslab predict` stand for. */
#ifndef CLI_IMAGE_LIST_H
#define CLI_IMAGE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char **paths;
    size_t count, room;
    size_t failures; /* operands that could not be read, or folders without an image; reported */
} image_list;

/* Adds the file `path`, or the image files in the folder `path`, sorted by name, not those of its
 * subfolders. Returns false when memory ran out. */
bool image_list_add(image_list *list, const char *path);

void image_list_free(image_list *list);

#endif
