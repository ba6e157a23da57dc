/* SVG to PNG by librsvg and cairo. The text is given no address of its own, so that librsvg refuses
 * to follow references to files or to the network. */
#include "base/error.h"
#include "base/file.h"
#include "chart/chart.h"

#include <cairo.h>
#include <librsvg/rsvg.h>

#include <errno.h>
#include <math.h>

enum { PIXELS_LIMIT = 16384 }; /* a side; cairo's own limit is twice that */

static rl_status fail_glib(rl_error *error, const char *path, GError *cause) {
    const rl_status status = rl_fail(error, RL_ERROR_FORMAT, "%s: not an SVG drawing: %s", path,
                                     cause ? cause->message : "nothing to draw");
    g_clear_error(&cause);
    return status;
}

static cairo_status_t write_bytes(void *stream, const unsigned char *data, unsigned int length) {
    return fwrite(data, 1, length, stream) == length ? CAIRO_STATUS_SUCCESS
                                                     : CAIRO_STATUS_WRITE_ERROR;
}

/* For rl_file_replace. */
static bool write_png(FILE *stream, void *surface) {
    const cairo_status_t status = cairo_surface_write_to_png_stream(surface, write_bytes, stream);
    if (status == CAIRO_STATUS_NO_MEMORY)
        errno = ENOMEM;
    return status == CAIRO_STATUS_SUCCESS;
}

/* Draws into a new surface. */
static rl_status draw(cairo_surface_t **surface, RsvgHandle *handle, double scale, const char *path,
                      rl_error *error) {
    double width, height;
    if (!rsvg_handle_get_intrinsic_size_in_pixels(handle, &width, &height))
        return rl_fail(error, RL_ERROR_FORMAT, "%s: the drawing states no width and height", path);
    width = ceil(scale * width);
    height = ceil(scale * height);
    if (!(width >= 1 && height >= 1 && width <= PIXELS_LIMIT && height <= PIXELS_LIMIT))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "%s: %.0f x %.0f pixels; expected 1 to %d on each side", path, width, height,
                       PIXELS_LIMIT);
    *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)width, (int)height);
    cairo_t *cairo = cairo_create(*surface);
    const RsvgRectangle viewport = {0, 0, width, height};
    GError *cause = NULL;
    const bool drawn = rsvg_handle_render_document(handle, cairo, &viewport, &cause);
    const cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    if (status == CAIRO_STATUS_NO_MEMORY) {
        g_clear_error(&cause);
        return rl_fail_memory(error, path);
    }
    return drawn ? RL_OK : fail_glib(error, path, cause);
}

rl_status rl_svg_to_png(const char *svg, size_t length, double scale, const char *path,
                        rl_error *error) {
    GError *cause = NULL;
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg, length, &cause);
    if (!handle)
        return fail_glib(error, path, cause);
    cairo_surface_t *surface = NULL;
    rl_status status = draw(&surface, handle, scale, path, error);
    if (status == RL_OK)
        status = rl_file_replace(path, write_png, surface, error);
    if (surface)
        cairo_surface_destroy(surface);
    g_object_unref(handle);
    return status;
}
