/* What becomes of a document: pages and figures. */
#ifndef RL_STUDY_PAGE_WRITERS_H
#define RL_STUDY_PAGE_WRITERS_H

#include "study/page/document.h"

/* A page that needs no other file and no network. `interactive`: with the scripts that make charts
 * interactive; without, it is for printing. */
void rl_report_html(rl_buffer *out, const rl_document *document, bool interactive);

/* The page's own style sheet. */
extern const char rl_report_css[];

/* GitHub's Markdown; figures are links into figures/. */
void rl_report_markdown(rl_buffer *out, const rl_document *document);

/* figures/<id>.svg and .png for every figure of the document, figures/<id>.png for its images. */
rl_status rl_report_figure_files(const rl_document *document, const char *directory,
                                 const rl_report_options *options, rl_error *error);

/* RL_STOPPED when the options' go_on says so. */
rl_status rl_report_go_on(const rl_report_options *options, rl_error *error);

/* Prints `html` as the file `path` through the Chromium on PATH. RL_ERROR_IO, with what to install,
 * where there is none. */
rl_status rl_report_pdf(const rl_buffer *html, const char *path, const rl_report_options *options,
                        rl_error *error);

/* The files of a report in the formats asked for, figures always. */
rl_status rl_report_files(const rl_document *document, const char *directory,
                          const rl_report_options *options, rl_error *error);

#endif
