/* The commands, one file each. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "arguments.h"

extern const cli_command train_command;
extern const cli_command eval_command;
extern const cli_command predict_command;
extern const cli_command summary_command;
extern const cli_command bench_command;
extern const cli_command plot_command;
extern const cli_command data_info_command;
extern const cli_command data_get_command;
extern const cli_command data_sheet_command;
extern const cli_command compare_command;
extern const cli_command study_list_command;
extern const cli_command study_run_command;
extern const cli_command study_plan_command;
extern const cli_command study_status_command;
extern const cli_command report_command;
extern const cli_command export_command;
extern const cli_command weights_command;

#endif
