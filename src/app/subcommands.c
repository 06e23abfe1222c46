/* The table of subcommands; each lives in a file of its own. */
#include "app/app.h"

extern const struct subcommand init_command, serve_command, account_command, area_command, calendar_command,
    pack_command, measure_command, export_command, import_command, verify_command, backup_command,
    restore_command, move_command, simulate_command, scenario_command, schedule_command, doctor_command,
    mail_command;

const struct subcommand *const subcommands[] = {&init_command,
                                                &serve_command,
                                                &account_command,
                                                &area_command,
                                                &calendar_command,
                                                &pack_command,
                                                &measure_command,
                                                &export_command,
                                                &import_command,
                                                &verify_command,
                                                &backup_command,
                                                &restore_command,
                                                &move_command,
                                                &simulate_command,
                                                &scenario_command,
                                                &schedule_command,
                                                &doctor_command,
                                                &mail_command,
                                                NULL};
