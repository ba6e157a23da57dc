/* JPEG, through libjpeg. Grey becomes RGB; CMYK (stored inverted, as Adobe does and everyone else
 * follows) is multiplied out. Colour profiles are ignored, as the usual training pipelines do.
 *
 * What the decoder warns of is sorted here: where pixels are lost the file is refused, all else is
 * a remark. libjpeg itself makes pixels up and goes on. Left out: corrupted data that decode to
 * other pixels without a trace, as JPEG has no checksums. */
#include "data/image_format.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { SCANS_MAX = 500 }; /* of a progressive file: a few bytes must not take hours */

typedef struct {
    struct jpeg_error_mgr errors; /* first: libjpeg hands out pointers to it */
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct jpeg;
    jmp_buf failed; /* where libjpeg's errors end */
    char reason[JMSG_LENGTH_MAX], remark[JMSG_LENGTH_MAX];
    bool is_cut; /* the file ended before its end marker */
    uint8_t *row;
} jpeg_decoder;

static bool recognize(const uint8_t *bytes, size_t size) {
    return size >= 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
}

/* ---- What libjpeg reports ---- */

static void fail_decoder(j_common_ptr jpeg) {
    jpeg_decoder *d = (jpeg_decoder *)(void *)jpeg->err;
    d->errors.format_message(jpeg, d->reason);
    longjmp(d->failed, 1);
}

/* Bytes left over before a restart marker: the interval before it was decoded from fewer bytes than
 * it has. Anywhere else they are strays between what was read whole. */
static bool is_restart_marker(int marker) {
    return marker >= 0xd0 && marker <= 0xd7;
}

static bool loses_pixels(const struct jpeg_error_mgr *errors) {
    switch (errors->msg_code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        return true;
    case JWRN_EXTRANEOUS_DATA:
        return is_restart_marker(errors->msg_parm.i[1]);
    default:
        return false;
    }
}

/* Levels from 0 on are traces. Of several remarks the first is kept. */
static void take_message(j_common_ptr jpeg, int level) {
    jpeg_decoder *d = (jpeg_decoder *)(void *)jpeg->err;
    if (level >= 0)
        return;
    if (loses_pixels(&d->errors))
        fail_decoder(jpeg);
    d->is_cut |= d->errors.msg_code == JWRN_JPEG_EOF;
    if (!d->remark[0])
        d->errors.format_message(jpeg, d->remark);
}

static void limit_scans(j_common_ptr jpeg) {
    jpeg_decoder *d = (jpeg_decoder *)(void *)jpeg->err;
    if (d->jpeg.input_scan_number <= SCANS_MAX)
        return;
    snprintf(d->reason, sizeof d->reason, "more than %d scans", SCANS_MAX);
    longjmp(d->failed, 1);
}

/* ---- Pixels ---- */

/* Did the scans bring all that there is of each component? Encoders may leave out coefficients that
 * are zero everywhere, so only what must be there counts in a file that has its end. */
static bool has_all_scans(const jpeg_decoder *d) {
    for (int c = 0; c < d->jpeg.num_components; c++) {
        if (!d->jpeg.comp_info[c].quant_table) /* set by the component's first scan */
            return false;
        for (int k = 0; d->jpeg.progressive_mode && k < (d->is_cut ? DCTSIZE2 : 1); k++)
            if (d->jpeg.coef_bits[c][k] != 0)
                return false;
    }
    return true;
}

/* Inverted CMYK to RGB: what is stored is the light that each ink lets through. */
static void cmyk_to_rgb(const uint8_t *cmyk, size_t pixels, uint8_t *rgb) {
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i * 3 + c] = (uint8_t)((cmyk[i * 4 + c] * cmyk[i * 4 + 3] + 127) / 255);
}

static void read_rows(jpeg_decoder *d, const rl_bitmap *bitmap) {
    for (size_t y = 0; y < bitmap->height; y++) {
        uint8_t *rgb = bitmap->rgb + y * bitmap->width * 3;
        JSAMPROW row = d->row ? d->row : rgb;
        jpeg_read_scanlines(&d->jpeg, &row, 1);
        if (d->row)
            cmyk_to_rgb(d->row, bitmap->width, rgb);
    }
}

static void start(jpeg_decoder *d, const rl_image_file *file) {
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.progress = &d->progress;
    jpeg_mem_src(&d->jpeg, file->bytes, file->size);
    jpeg_read_header(&d->jpeg, TRUE);
    const bool has_black =
        d->jpeg.jpeg_color_space == JCS_CMYK || d->jpeg.jpeg_color_space == JCS_YCCK;
    d->jpeg.out_color_space = has_black ? JCS_CMYK : JCS_RGB;
}

/* Everything that may end in libjpeg's jump. */
static rl_status decode_with(jpeg_decoder *d, const rl_image_file *file, rl_bitmap *bitmap,
                             rl_error *error) {
    if (setjmp(d->failed)) /* NOLINT(cert-err52-cpp): libjpeg's functions must not return */
        return rl_image_damaged(file, &rl_image_jpeg, d->reason, error);
    start(d, file);
    const rl_status status =
        rl_bitmap_allocate(bitmap, d->jpeg.image_width, d->jpeg.image_height, file, error);
    if (status != RL_OK)
        return status;
    if (d->jpeg.out_color_space == JCS_CMYK && !(d->row = rl_alloc(bitmap->width, 4)))
        return rl_fail_memory(error, "decoding an image");
    jpeg_start_decompress(&d->jpeg);
    if (!has_all_scans(d))
        return rl_image_damaged(file, &rl_image_jpeg, "it ends before its last scan", error);
    read_rows(d, bitmap);
    jpeg_finish_decompress(&d->jpeg);
    rl_bitmap_remark(bitmap, d->remark);
    return RL_OK;
}

static rl_status decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    jpeg_decoder *d = rl_alloc(1, sizeof *d);
    if (!d)
        return rl_fail_memory(error, "decoding an image");
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = fail_decoder;
    d->errors.emit_message = take_message;
    d->progress.progress_monitor = limit_scans;
    const rl_status status = decode_with(d, file, bitmap, error);
    jpeg_destroy_decompress(&d->jpeg);
    rl_free(d->row);
    rl_free(d);
    return status;
}

static unsigned orientation(const rl_image_file *file) {
    return rl_exif_orientation(file->bytes, file->size);
}

const rl_image_format rl_image_jpeg = {
    .name = "JPEG",
    .endings = {".jpg", ".jpeg", ".jpe", ".jfif"},
    .recognize = recognize,
    .decode = decode,
    .orientation = orientation,
};
