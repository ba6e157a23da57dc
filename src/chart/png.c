/* SVG to PNG by librsvg and cairo. The text is given no address of its own, so that librsvg refuses
 * to follow references to files or to the network. GLib, Pango and fontconfig end the process when
 * they get no memory or no thread: hence a child, which their warnings end, too. */
#include "base/child.h"
#include "base/error.h"
#include "chart/chart.h"

#include <cairo.h>
#include <librsvg/rsvg.h>

#include <math.h>

enum {
    PIXELS_LIMIT = 16384, /* a side; cairo's own limit is twice that */
    SECONDS = 60          /* a drawing takes less than one, but fonts may be looked for first */
};

typedef struct {
    const char *svg;
    size_t length;
    double scale;
    const char *name; /* of the picture, in messages */
} drawing;

static rl_status fail_glib(rl_error *error, const char *path, GError *cause) {
    const rl_status status = rl_fail(error, RL_ERROR_FORMAT, "%s: not an SVG drawing: %s", path,
                                     cause ? cause->message : "nothing to draw");
    g_clear_error(&cause);
    return status;
}

static cairo_status_t add_bytes(void *buffer, const unsigned char *data, unsigned int length) {
    rl_buffer_add_bytes(buffer, data, length);
    return CAIRO_STATUS_SUCCESS; /* the buffer remembers */
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

/* For rl_child_run. */
static rl_status draw_png(rl_buffer *png, const void *context, rl_error *error) {
    const drawing *d = context;
    GError *cause = NULL;
    /* Pango warns where it finds no font or cannot read it, and draws something else. */
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)d->svg, d->length, &cause);
    if (!handle)
        return fail_glib(error, d->name, cause);
    cairo_surface_t *surface = NULL;
    rl_status status = draw(&surface, handle, d->scale, d->name, error);
    if (status == RL_OK &&
        cairo_surface_write_to_png_stream(surface, add_bytes, png) != CAIRO_STATUS_SUCCESS)
        status = rl_fail_memory(error, d->name);
    if (surface)
        cairo_surface_destroy(surface);
    g_object_unref(handle);
    return status;
}

rl_status rl_svg_draw_png(const char *svg, size_t length, double scale, const char *name,
                          rl_buffer *png, rl_error *error) {
    const drawing d = {svg, length, scale, name};
    return rl_child_run(draw_png, &d, name, SECONDS, png, error);
}

rl_status rl_svg_to_png(const char *svg, size_t length, double scale, const char *path,
                        rl_error *error) {
    rl_buffer png = {0};
    rl_status status = rl_svg_draw_png(svg, length, scale, path, &png, error);
    if (status == RL_OK)
        status = rl_buffer_save(&png, path, error);
    rl_buffer_clear(&png);
    return status;
}
