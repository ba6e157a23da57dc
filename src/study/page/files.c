/* The figures of a document as files: each drawing as SVG, to scale, and as PNG, for what does not
 * take SVG. */
#include "base/error.h"
#include "base/file.h"
#include "base/notice.h"
#include "study/page/writers.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, PNG_SCALE = 2 };

static rl_status figure_path(char path[PATH_SIZE], const char *directory, const char *id,
                             const char *ending, rl_error *error) {
    char name[512];
    snprintf(name, sizeof name, "figures/%s.%s", id, ending);
    return rl_path_join(path, PATH_SIZE, directory, name, error);
}

static rl_status save_svg(const rl_figure *figure, const char *directory, rl_error *error) {
    char path[PATH_SIZE];
    rl_buffer svg = {0};
    figure->draw(&svg, figure->context, RL_SVG_STANDALONE);
    rl_status status = figure_path(path, directory, figure->id, "svg", error);
    if (status == RL_OK)
        status = rl_buffer_save(&svg, path, error);
    rl_buffer_clear(&svg);
    return status;
}

/* The picture, or none and no error where it cannot be drawn: the report is complete without. An
 * older one is then removed, since it would show something else. */
static rl_status save_png(const rl_figure *figure, const char *directory, bool *can_draw,
                          rl_error *error) {
    char path[PATH_SIZE];
    rl_buffer svg = {0}, png = {0};
    rl_error reason;
    figure->draw(&svg, figure->context, RL_SVG_PRINT);
    rl_status status = figure_path(path, directory, figure->id, "png", error);
    if (status == RL_OK)
        status = rl_buffer_status(&svg, path, error);
    if (status == RL_OK && *can_draw) {
        *can_draw = rl_svg_draw_png(svg.text, svg.length, PNG_SCALE, path, &png, &reason) == RL_OK;
        if (!*can_draw)
            rl_notice("%s; left out, with the PNG files of the figures after it", reason.message);
    }
    if (status == RL_OK && *can_draw)
        status = rl_buffer_save(&png, path, error);
    else if (status == RL_OK && unlink(path) != 0 && errno != ENOENT)
        status = rl_fail_errno(error, "%s: cannot remove the older picture", path);
    rl_buffer_clear(&svg);
    rl_buffer_clear(&png);
    return status;
}

static rl_status save_image(const rl_image *image, const char *directory, rl_error *error) {
    char path[PATH_SIZE];
    const rl_status status = figure_path(path, directory, image->id, "png", error);
    return status == RL_OK ? rl_file_replace_bytes(path, image->bytes, image->size, error) : status;
}

rl_status rl_report_go_on(const rl_report_options *options, rl_error *error) {
    return !options->go_on || options->go_on(options->context)
               ? RL_OK
               : rl_fail(error, RL_STOPPED, "stopped; the report is not complete");
}

rl_status rl_report_figure_files(const rl_document *document, const char *directory,
                                 const rl_report_options *options, rl_error *error) {
    char folder[PATH_SIZE];
    bool can_draw = true;
    rl_status status = rl_path_join(folder, sizeof folder, directory, "figures", error);
    if (status == RL_OK && mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = rl_fail_errno(error, "%s: cannot make the folder", folder);
    for (size_t i = 0; status == RL_OK && i < document->count; i++) {
        const rl_block *block = &document->blocks[i];
        status = rl_report_go_on(options, error);
        if (status == RL_OK && block->kind == RL_BLOCK_IMAGE)
            status = save_image(&block->image, directory, error);
        if (status != RL_OK || block->kind != RL_BLOCK_FIGURE)
            continue;
        status = save_svg(&block->figure, directory, error);
        if (status == RL_OK)
            status = save_png(&block->figure, directory, &can_draw, error);
    }
    return status;
}
