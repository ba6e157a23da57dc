/* Ticks at round numbers, and where values lie between them. Nothing here knows of pixels. */
#include "chart/axis.h"

#include <math.h>
#include <stdio.h>

/* The least of 1, 2 or 5 times a power of ten that is not below `step`. */
static double round_step(double step) {
    const double power = pow(10, floor(log10(step)));
    const double mantissa = step / power;
    return (mantissa <= 1 + 1e-9 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * power;
}

void rl_axis_linear(rl_axis *axis, double low, double high, size_t wanted, bool whole) {
    double step = round_step((high - low) / (double)wanted);
    if (whole && step < 1)
        step = 1;
    *axis = (rl_axis){.low = low, .high = high, .step = step};
    const double tolerance = 1e-9 * (high - low);
    /* Multiples of the step, so that a tick at nought is nought and errors do not add up. */
    const double first = ceil((low - tolerance) / step);
    for (size_t k = 0; k < RL_TICKS; k++) {
        const double tick = (first + (double)k) * step;
        if (tick > high + tolerance)
            break;
        axis->ticks[axis->tick_count++] = fmin(fmax(tick, low), high);
    }
}

/* Adds ticks at `mantissas` times the powers of ten within the axis. */
static void add_decades(rl_axis *axis, const double *mantissas, size_t count, int every) {
    axis->tick_count = 0;
    const int first = (int)floor(log10(axis->low)), last = (int)ceil(log10(axis->high));
    for (int exponent = first; exponent <= last; exponent++) {
        for (size_t i = 0; i < count && exponent % every == 0; i++) {
            const double tick = mantissas[i] * pow(10, exponent);
            const bool inside = tick >= axis->low * (1 - 1e-9) && tick <= axis->high * (1 + 1e-9);
            if (inside && axis->tick_count < RL_TICKS)
                axis->ticks[axis->tick_count++] = tick;
        }
    }
}

void rl_axis_log(rl_axis *axis, double low, double high) {
    static const double mantissas[] = {1, 2, 5};
    const double decades = log10(high) - log10(low);
    *axis = (rl_axis){.low = low, .high = high, .log = true, .step = NAN};
    if (decades > 3)
        add_decades(axis, mantissas, 1, (int)ceil(decades / 8));
    else if (decades > 0.8)
        add_decades(axis, mantissas, 3, 1);
    else {
        rl_axis_linear(axis, low, high, 6, false);
        axis->log = true;
    }
}

double rl_axis_share(const rl_axis *axis, double value) {
    double share;
    if (axis->log)
        share = value > 0
                    ? (log10(value) - log10(axis->low)) / (log10(axis->high) - log10(axis->low))
                    : -20;
    else
        share = (value - axis->low) / (axis->high - axis->low);
    return fmin(fmax(share, -20), 20);
}

/* Decimals that tell multiples of `step` apart. */
static int decimals_of(double step) {
    const double digits = ceil(-log10(step) - 1e-9);
    return digits > 0 ? (int)digits : 0;
}

/* "2.5x10^-7" with a real cross and raised digits. */
static void scientific(rl_buffer *text, double value, double step) {
    static const char *const raised[] = {
        "\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",     "\xe2\x81\xb4",
        "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8", "\xe2\x81\xb9"};
    const int exponent = (int)floor(log10(fabs(value)) + 1e-9);
    const double mantissa = value / pow(10, exponent);
    const int decimals = decimals_of(step / pow(10, exponent));
    if (fabs(fabs(mantissa) - 1) > 1e-9 || decimals > 0) {
        rl_buffer_number(text, mantissa, decimals);
        rl_buffer_add(text, "\xc3\x97");
    } else if (value < 0)
        rl_buffer_add(text, "-");
    rl_buffer_add(text, "10");
    if (exponent < 0)
        rl_buffer_add(text, "\xe2\x81\xbb");
    char digits[16];
    snprintf(digits, sizeof digits, "%d", exponent < 0 ? -exponent : exponent);
    for (const char *digit = digits; *digit; digit++)
        rl_buffer_add(text, raised[*digit - '0']);
}

void rl_axis_tick_text(rl_buffer *text, const rl_axis *axis, size_t index, bool percent) {
    const double unit = percent ? 100 : 1, value = unit * axis->ticks[index];
    double step = unit * axis->step;
    if (isnan(step)) /* each tick has its own precision: one digit */
        step = value > 0 ? pow(10, floor(log10(value) + 1e-9)) : 1;
    const double size = fabs(value);
    if (size > 1e-9 * step && (size >= 1e6 || step < 0.99e-4))
        scientific(text, value, step);
    else
        rl_buffer_number(text, value, size > 0 ? decimals_of(step) : 0);
    if (percent)
        rl_buffer_add(text, "%");
}
