/* BMP, uncompressed: 1 to 32 bits a pixel, with palette or bit masks, all versions of the head,
 * rows from below or from above. Left out: run lengths, and JPEG and PNG inside BMP, which
 * hardly anyone writes. Alpha is ignored: many programs leave it zero in images that are not
 * transparent. */
#include "data/image_format.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

enum { FILE_HEAD = 14, CORE_HEAD = 12, INFO_HEAD = 40, NEWEST_HEAD = 124 };
enum { MASKS_AT = 54, PALETTE_MAX = 256 };
enum { PLAIN = 0, BIT_MASKS = 3, BIT_MASKS_WITH_ALPHA = 6 }; /* kinds of compression */

typedef struct {
    uint32_t mask, largest; /* largest: of a value, once shifted down */
    unsigned shift;
} bmp_channel;

typedef struct {
    size_t width, height, bits; /* bits of a pixel */
    uint32_t compression;
    bool from_top;
    size_t head_end, pixels_at, stride;
    size_t palette_used;  /* as the head says; 0 for all that are possible */
    size_t palette_entry; /* bytes of a colour */
    size_t palette_count; /* 0: the pixels hold their colours */
    uint8_t palette[PALETTE_MAX][3];
    bmp_channel channels[3]; /* red, green, blue; where there is no palette */
} bmp_layout;

static bool recognize(const uint8_t *bytes, size_t size) {
    return size >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
}

/* `count` bytes, the lowest first. */
static uint32_t little_endian(const uint8_t *bytes, size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

/* The bits of a mask must stand together; a mask of none is a channel that is not there. */
static bool set_channel(bmp_channel *channel, uint32_t mask) {
    *channel = (bmp_channel){.mask = mask, .shift = mask ? (unsigned)__builtin_ctz(mask) : 0};
    channel->largest = mask >> channel->shift;
    return (channel->largest & (channel->largest + 1)) == 0;
}

/* The oldest head has narrower fields and smaller colours, and nothing else. Returns what is wrong
 * with the head, or NULL. */
static const char *read_head(bmp_layout *layout, const rl_image_file *file) {
    if (file->size < FILE_HEAD + CORE_HEAD)
        return "it ends within its head";
    const uint8_t *head = file->bytes + FILE_HEAD;
    const uint32_t head_size = little_endian(head, 4);
    if (head_size != CORE_HEAD && (head_size < INFO_HEAD || head_size > NEWEST_HEAD))
        return "a head of no known version";
    layout->head_end = FILE_HEAD + head_size;
    layout->pixels_at = little_endian(file->bytes + 10, 4);
    if (layout->pixels_at < layout->head_end || layout->pixels_at > file->size)
        return "its pixels are said to be where they cannot be";
    if (head_size == CORE_HEAD) {
        layout->width = little_endian(head + 4, 2);
        layout->height = little_endian(head + 6, 2);
        layout->bits = little_endian(head + 10, 2);
        layout->palette_entry = 3;
        return NULL;
    }
    const uint32_t height = little_endian(head + 8, 4);
    layout->from_top = height > INT32_MAX; /* negative */
    layout->width = little_endian(head + 4, 4);
    layout->height = layout->from_top ? 0 - height : height;
    layout->bits = little_endian(head + 14, 2);
    layout->compression = little_endian(head + 16, 4);
    layout->palette_used = little_endian(head + 32, 4);
    layout->palette_entry = 4;
    return NULL;
}

static const char *read_palette(bmp_layout *layout, const rl_image_file *file) {
    const size_t possible = (size_t)1 << layout->bits, used = layout->palette_used;
    layout->palette_count = used == 0 ? possible : rl_min(used, possible);
    if (layout->pixels_at - layout->head_end < layout->palette_count * layout->palette_entry)
        return "a palette that reaches into the pixels";
    for (size_t i = 0; i < layout->palette_count; i++)
        for (size_t c = 0; c < 3; c++) /* stored blue first */
            layout->palette[i][c] =
                file->bytes[layout->head_end + i * layout->palette_entry + 2 - c];
    return NULL;
}

/* Masks follow the head of the version that knew none, and are part of the later ones: at the same
 * place. */
static const char *read_masks(bmp_layout *layout, const rl_image_file *file) {
    static const uint32_t of_16_bits[3] = {0x7c00, 0x03e0, 0x001f};
    static const uint32_t of_more[3] = {0xff0000, 0x00ff00, 0x0000ff};
    const bool stored = layout->compression != PLAIN;
    if (stored && layout->pixels_at < MASKS_AT + 3 * sizeof(uint32_t))
        return "bit masks that reach into the pixels";
    for (size_t c = 0; c < 3; c++) {
        const uint32_t usual = layout->bits == 16 ? of_16_bits[c] : of_more[c];
        if (!set_channel(&layout->channels[c],
                         stored ? little_endian(file->bytes + MASKS_AT + 4 * c, 4) : usual))
            return "a bit mask with gaps";
    }
    return NULL;
}

/* How a pixel becomes a colour. */
static const char *read_colors(bmp_layout *layout, const rl_image_file *file) {
    const size_t bits = layout->bits;
    const bool has_masks =
        layout->compression == BIT_MASKS || layout->compression == BIT_MASKS_WITH_ALPHA;
    if (layout->compression != PLAIN && !has_masks)
        return "it is compressed, expected plain pixels";
    if (!has_masks && (bits == 1 || bits == 2 || bits == 4 || bits == 8))
        return read_palette(layout, file);
    if (bits == 16 || bits == 32 || (bits == 24 && !has_masks))
        return read_masks(layout, file);
    return "an unknown number of bits a pixel";
}

static uint8_t channel_byte(const bmp_channel *channel, uint32_t pixel) {
    if (channel->mask == 0)
        return 0;
    const uint64_t value = (pixel & channel->mask) >> channel->shift, largest = channel->largest;
    return (uint8_t)((value * UINT8_MAX + largest / 2) / largest);
}

/* False where a pixel has no colour in the palette. */
static bool read_row(const bmp_layout *layout, const uint8_t *row, uint8_t *rgb) {
    const size_t bits = layout->bits;
    for (size_t x = 0; x < layout->width; x++, rgb += 3) {
        if (layout->palette_count == 0) {
            const uint32_t pixel = little_endian(row + x * (bits / 8), bits / 8);
            for (size_t c = 0; c < 3; c++)
                rgb[c] = channel_byte(&layout->channels[c], pixel);
            continue;
        }
        const size_t at = x * bits; /* pixels of a byte begin with the highest bits */
        const size_t index = row[at / 8] >> (8 - bits - at % 8) & ((1u << bits) - 1);
        if (index >= layout->palette_count)
            return false;
        memcpy(rgb, layout->palette[index], 3);
    }
    return true;
}

static bool read_pixels(const bmp_layout *layout, const rl_image_file *file, uint8_t *rgb) {
    const uint8_t *pixels = file->bytes + layout->pixels_at;
    for (size_t y = 0; y < layout->height; y++) {
        const size_t row = layout->from_top ? y : layout->height - 1 - y;
        if (!read_row(layout, pixels + row * layout->stride, rgb + y * layout->width * 3))
            return false;
    }
    return true;
}

static rl_status decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    bmp_layout layout = {0};
    const char *wrong = read_head(&layout, file);
    if (!wrong)
        wrong = read_colors(&layout, file);
    if (wrong)
        return rl_image_damaged(file, &rl_image_bmp, wrong, error);
    rl_status status = rl_bitmap_check(layout.width, layout.height, file, error);
    if (status != RL_OK)
        return status;
    layout.stride = rl_divide_up(layout.width * layout.bits, 32) * 4;
    /* The last row needs no padding: some writers leave it out. */
    const size_t row = rl_divide_up(layout.width * layout.bits, 8);
    const size_t there = file->size - layout.pixels_at;
    if (there < (layout.height - 1) * layout.stride + row)
        return rl_image_damaged(file, &rl_image_bmp, "it ends before its last pixel", error);
    status = rl_bitmap_allocate(bitmap, layout.width, layout.height, file, error);
    if (status == RL_OK && !read_pixels(&layout, file, bitmap->rgb))
        return rl_image_damaged(file, &rl_image_bmp, "a pixel has no colour in the palette", error);
    if (status == RL_OK && there < layout.height * layout.stride)
        rl_bitmap_remark(bitmap, "its last row is not padded");
    return status;
}

const rl_image_format rl_image_bmp = {
    .name = "BMP",
    .endings = {".bmp"},
    .recognize = recognize,
    .decode = decode,
};
