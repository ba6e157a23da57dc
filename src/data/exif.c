/* EXIF through libexif. Damaged data are no error: they are remarks on an image that decodes, which
 * cameras and editors often get wrong, and every viewer then shows the pixels as they are stored.
 */
#include "data/exif.h"

#include "base/memory.h"

#include <libexif/exif-data.h>
#include <limits.h>
#include <string.h>

/* Of the image itself (IFD 0); the preview in IFD 1 has an orientation of its own. */
static unsigned read_orientation(ExifData *data) {
    const ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->components != 1 || entry->size < 2)
        return RL_UPRIGHT;
    const unsigned value = exif_get_short(entry->data, exif_data_get_byte_order(data));
    return rl_orientation_is_known(value) ? value : RL_UPRIGHT;
}

unsigned rl_exif_orientation(const uint8_t *bytes, size_t size) {
    ExifData *data = exif_data_new_from_data(bytes, (unsigned)rl_min(size, UINT_MAX));
    const unsigned orientation = data ? read_orientation(data) : RL_UPRIGHT;
    exif_data_unref(data);
    return orientation;
}

unsigned rl_exif_orientation_of(const uint8_t *content, size_t size) {
    uint8_t marked[sizeof RL_EXIF_MARKER + RL_EXIF_SIZE_MAX] = RL_EXIF_MARKER;
    if (size >= sizeof RL_EXIF_MARKER && memcmp(content, marked, sizeof RL_EXIF_MARKER) == 0)
        return rl_exif_orientation(content, size);
    if (size > RL_EXIF_SIZE_MAX)
        return RL_UPRIGHT;
    memcpy(marked + sizeof RL_EXIF_MARKER, content, size);
    return rl_exif_orientation(marked, sizeof RL_EXIF_MARKER + size);
}
