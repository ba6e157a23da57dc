/* metrics.csv, read back: a refusal names what is wrong; what is accepted has its epochs in order.
 */
#include "scratch.h"

#include "base/memory.h"
#include "run/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[SCRATCH_PATH];
    rl_epoch_row *rows;
    size_t count;
    rl_error error;
    if (!scratch_write("metrics.csv", data, size))
        abort();
    const rl_status status =
        rl_metrics_read(scratch_path(path, "metrics.csv"), &rows, &count, &error);
    if (status != RL_OK) {
        if (rows || count)
            abort();
        check_refusal(status, &error);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (rows[i].epoch != i + 1)
            abort();
    rl_free(rows);
    return 0;
}
