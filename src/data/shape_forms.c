/* Each form is its own mirror image, so that a horizontal flip never changes the class, and no form
 * is a rotation of another. Only + - * / and comparisons are used: the pictures, and with them the
 * fingerprint of the data set, are then the same on every machine. */
#include "data/shape_forms.h"

#include <math.h>
#include <stddef.h>

typedef struct {
    float x, y;
} point;

/* Even-odd rule. */
static bool in_polygon(const point *corners, size_t count, float x, float y) {
    bool inside = false;
    for (size_t i = 0, j = count - 1; i < count; j = i++) {
        const point a = corners[i], b = corners[j];
        if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
    }
    return inside;
}
#define IN_POLYGON(corners, x, y) in_polygon(corners, sizeof(corners) / sizeof *(corners), x, y)

static bool in_disc(float x, float y) {
    return x * x + y * y < 0.8f;
}

static bool in_square(float x, float y) {
    return fabsf(x) < 0.74f && fabsf(y) < 0.74f;
}

static bool in_triangle(float x, float y) {
    static const point corners[] = {{0, -1}, {0.866025f, 0.5f}, {-0.866025f, 0.5f}};
    return IN_POLYGON(corners, x, y);
}

static bool in_star(float x, float y) {
    static const point corners[] = {
        {0.000000f, -1.000000f},  {0.246870f, -0.339787f}, {0.951057f, -0.309017f},
        {0.399444f, 0.129787f},   {0.587785f, 0.809017f},  {0.000000f, 0.420000f},
        {-0.587785f, 0.809017f},  {-0.399444f, 0.129787f}, {-0.951057f, -0.309017f},
        {-0.246870f, -0.339787f},
    };
    return IN_POLYGON(corners, x, y);
}

static bool in_cross(float x, float y) {
    const float ax = fabsf(x), ay = fabsf(y);
    return ax < 0.95f && ay < 0.95f && (ax < 0.26f || ay < 0.26f);
}

static bool in_ring(float x, float y) {
    const float r2 = x * x + y * y;
    return r2 < 0.9f && r2 > 0.3f;
}

static bool in_crescent(float x, float y) {
    const float cut = x - 0.5f;
    return x * x + y * y < 0.95f && cut * cut + y * y > 0.6f;
}

static bool in_arrow(float x, float y) {
    static const point corners[] = {{0, -1},        {0.8f, -0.05f},  {0.25f, -0.05f},
                                    {0.25f, 0.95f}, {-0.25f, 0.95f}, {-0.25f, -0.05f},
                                    {-0.8f, -0.05f}};
    return IN_POLYGON(corners, x, y);
}

/* (x^2 + y^2 - 1)^3 < x^2 y^3, scaled and with the tip down. */
static bool in_heart(float x, float y) {
    const float u = 1.2f * x, v = -1.15f * y + 0.1f;
    const float q = u * u + v * v - 1;
    return q * q * q < u * u * v * v * v;
}

static bool in_hourglass(float x, float y) {
    const float ay = fabsf(y);
    return ay < 0.9f && fabsf(x) < 0.06f + 0.78f * ay;
}

const rl_shape_form rl_shape_forms[RL_SHAPE_FORMS] = {
    {"disc", in_disc},           {"square", in_square}, {"triangle", in_triangle},
    {"star", in_star},           {"cross", in_cross},   {"ring", in_ring},
    {"crescent", in_crescent},   {"arrow", in_arrow},   {"heart", in_heart},
    {"hourglass", in_hourglass},
};
