/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/tiny_ecdsa.h"

#include "vault/modular.h"

/* SEC 2: y^2 = x^3 - 3x + b modulo the field's prime; the base point's multiples are as many as the order says. */
static const struct curve {
    size_t size;
    struct vault_modulus field;
    struct vault_modulus order;
    struct vault_number b;
    struct vault_number base_x;
    struct vault_number base_y;
} CURVES[VAULT_TINY_CURVE_COUNT] = {
    [VAULT_SECP128R1] = {.size = 16,
                         .field = {.word_count = 4,
                                   .prime = {{0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffd}},
                                   .inverse = 0x00000001,
                                   .square = {{0x00000011, 0x00000008, 0x00000004, 0x00000024}}},
                         .order = {.word_count = 4,
                                   .prime = {{0x9038a115, 0x75a30d1b, 0x00000000, 0xfffffffe}},
                                   .inverse = 0x26a959c3,
                                   .square = {{0xfade9bed, 0x26bc6448, 0xcdd81516, 0x71875047}}},
                         .b = {{0x2cee5ed3, 0xd824993c, 0x1079f43d, 0xe87579c1}},
                         .base_x = {{0xa52c5b86, 0x0c28607c, 0x8b899b2d, 0x161ff752}},
                         .base_y = {{0xdded7a83, 0xc02da292, 0x5bafeb13, 0xcf5ac839}}},
    [VAULT_SECP224R1] =
        {.size = 28,
         .field = {.word_count = 7,
                   .prime = {{0x00000001, 0x00000000, 0x00000000, 0xffffffff, 0xffffffff, 0xffffffff,
                              0xffffffff}},
                   .inverse = 0xffffffff,
                   .square = {{0x00000001, 0x00000000, 0x00000000, 0xfffffffe, 0xffffffff, 0xffffffff,
                               0x00000000}}},
         .order = {.word_count = 7,
                   .prime = {{0x5c5c2a3d, 0x13dd2945, 0xe0b8f03e, 0xffff16a2, 0xffffffff, 0xffffffff,
                              0xffffffff}},
                   .inverse = 0x6a1fc2eb,
                   .square = {{0x3ad01289, 0x6bdaae6c, 0x97a54552, 0x6ad09d91, 0xb1e97961, 0x1822bc47,
                               0xd4baa4cf}}},
         .b = {{0x2355ffb4, 0x270b3943, 0xd7bfd8ba, 0x5044b0b7, 0xf5413256, 0x0c04b3ab, 0xb4050a85}},
         .base_x = {{0x115c1d21, 0x343280d6, 0x56c21122, 0x4a03c1d3, 0x321390b9, 0x6bb4bf7f, 0xb70e0cbd}},
         .base_y = {{0x85007e34, 0x44d58199, 0x5a074764, 0xcd4375a0, 0x4c22dfe6, 0xb5f723fb, 0xbd376388}}},
};

/* The point (x / z^2, y / z^3), in Montgomery's form; z = 0 is the point at infinity. */
struct point {
    struct vault_number x;
    struct vault_number y;
    struct vault_number z;
};

static struct vault_number add(const struct curve *curve, struct vault_number a, struct vault_number b)
{
    return vault_modular_add(&curve->field, &a, &b);
}

static struct vault_number subtract(const struct curve *curve, struct vault_number a, struct vault_number b)
{
    return vault_modular_subtract(&curve->field, &a, &b);
}

static struct vault_number multiply(const struct curve *curve, struct vault_number a, struct vault_number b)
{
    return vault_modular_multiply(&curve->field, &a, &b);
}

static struct vault_number square(const struct curve *curve, struct vault_number a)
{
    return vault_modular_multiply(&curve->field, &a, &a);
}

static struct vault_number twice(const struct curve *curve, struct vault_number a)
{
    return vault_modular_add(&curve->field, &a, &a);
}

/* The tangent's slope is 3 (x - z^2) (x + z^2) / 2 y z where the curve has -3. */
static struct point double_point(const struct curve *curve, const struct point *p)
{
    struct vault_number z_square = square(curve, p->z);
    struct vault_number y_square = square(curve, p->y);
    struct vault_number four_x_y_square = twice(curve, twice(curve, multiply(curve, p->x, y_square)));
    struct vault_number product =
        multiply(curve, subtract(curve, p->x, z_square), add(curve, p->x, z_square));
    struct vault_number slope = add(curve, twice(curve, product), product);
    struct vault_number eight_y_fourth = twice(curve, twice(curve, twice(curve, square(curve, y_square))));
    struct point out;
    out.x = subtract(curve, square(curve, slope), twice(curve, four_x_y_square));
    out.y = subtract(curve, multiply(curve, slope, subtract(curve, four_x_y_square, out.x)), eight_y_fourth);
    out.z = twice(curve, multiply(curve, p->y, p->z));
    return out;
}

/* The chord through both, brought to the denominator z1 z2 (x2 - x1). */
static struct point add_points(const struct curve *curve, const struct point *p, const struct point *q)
{
    if (vault_number_is_zero(&p->z))
        return *q;
    if (vault_number_is_zero(&q->z))
        return *p;
    struct vault_number p_square = square(curve, p->z);
    struct vault_number q_square = square(curve, q->z);
    struct vault_number p_x = multiply(curve, p->x, q_square);
    struct vault_number p_y = multiply(curve, p->y, multiply(curve, q_square, q->z));
    struct vault_number run = subtract(curve, multiply(curve, q->x, p_square), p_x);
    struct vault_number rise = subtract(curve, multiply(curve, q->y, multiply(curve, p_square, p->z)), p_y);
    if (vault_number_is_zero(&run) && vault_number_is_zero(&rise))
        return double_point(curve, p);
    struct vault_number run_square = square(curve, run);
    struct vault_number run_cube = multiply(curve, run_square, run);
    struct vault_number middle = multiply(curve, p_x, run_square);
    struct point out;
    out.x = subtract(curve, subtract(curve, square(curve, rise), run_cube), twice(curve, middle));
    out.y = subtract(curve, multiply(curve, rise, subtract(curve, middle, out.x)),
                     multiply(curve, p_y, run_cube));
    out.z = multiply(curve, multiply(curve, p->z, q->z), run); /* 0 where one is the other's negative */
    return out;
}

static bool has_bit(const struct vault_number *number, size_t bit)
{
    return (number->word[bit / 32] >> bit % 32 & 1) != 0;
}

/* a times p plus b times q, both factors' bits at once. */
static struct point add_multiples(const struct curve *curve, const struct vault_number *a,
                                  const struct point *p, const struct vault_number *b, const struct point *q)
{
    struct point both = add_points(curve, p, q);
    const struct point *const addends[] = {NULL, p, q, &both};
    struct point sum = {.z = {{0}}};
    for (size_t bit = curve->order.word_count * 32; bit > 0; bit--) {
        const struct point *addend = addends[has_bit(a, bit - 1) + 2 * has_bit(b, bit - 1)];
        sum = double_point(curve, &sum);
        if (addend != NULL)
            sum = add_points(curve, &sum, addend);
    }
    return sum;
}

static struct point point_of(const struct curve *curve, const struct vault_number *x,
                             const struct vault_number *y)
{
    static const struct vault_number one = {{1}};
    return (struct point){vault_modular_form(&curve->field, x), vault_modular_form(&curve->field, y),
                          vault_modular_form(&curve->field, &one)};
}

static bool is_on_curve(const struct curve *curve, const struct point *p)
{
    struct vault_number three_x = add(curve, twice(curve, p->x), p->x);
    struct vault_number cube = multiply(curve, square(curve, p->x), p->x);
    struct vault_number right =
        add(curve, subtract(curve, cube, three_x), vault_modular_form(&curve->field, &curve->b));
    struct vault_number left = square(curve, p->y);
    return vault_number_is_equal(&left, &right);
}

static enum err read_key(const struct curve *curve, const struct vault_tiny_key *key, struct point *out)
{
    struct vault_number x = vault_number_read(key->point, curve->size);
    struct vault_number y = vault_number_read(key->point + curve->size, curve->size);
    if (!vault_number_is_below(&x, &curve->field.prime) || !vault_number_is_below(&y, &curve->field.prime))
        return ERR_ARGUMENT;
    *out = point_of(curve, &x, &y);
    return is_on_curve(curve, out) ? ERR_OK : ERR_ARGUMENT;
}

static struct vault_number number_of_digest(const struct curve *curve, struct span digest)
{
    uint8_t bytes[VAULT_TINY_SIZE_MAX] = {0};
    if (digest.size > 0)
        memcpy(bytes + curve->size - digest.size, digest.bytes, digest.size);
    struct vault_number number = vault_number_read(bytes, curve->size);
    if (!vault_number_is_below(&number,
                               &curve->order.prime)) /* less than twice the order, as that fills its words */
        number = vault_modular_subtract(&curve->order, &number, &curve->order.prime);
    return number;
}

static bool is_factor(const struct curve *curve, const struct vault_number *number)
{
    return !vault_number_is_zero(number) && vault_number_is_below(number, &curve->order.prime);
}

/* Is the point's x, modulo the order, r? Without a division: x / z^2 is r or, where that is still below the prime, r
 * and the order. */
static bool has_x(const struct curve *curve, const struct point *p, const struct vault_number *r)
{
    static const struct vault_number zero = {{0}};
    const struct vault_number *order = &curve->order.prime;
    if (vault_number_is_zero(&p->z) || !vault_number_is_below(r, &curve->field.prime))
        return false;
    struct vault_number z_square = square(curve, p->z);
    struct vault_number wanted = multiply(curve, vault_modular_form(&curve->field, r), z_square);
    if (vault_number_is_equal(&wanted, &p->x))
        return true;
    if (!vault_number_is_below(order, &curve->field.prime))
        return false;
    struct vault_number room = subtract(curve, zero, *order);
    wanted = add(curve, wanted, multiply(curve, vault_modular_form(&curve->field, order), z_square));
    return vault_number_is_below(r, &room) && vault_number_is_equal(&wanted, &p->x);
}

/* FIPS 186-5 6.4.2, steps 4 to 9: 1 / s by Fermat, as the order is a prime. */
static bool holds(const struct curve *curve, const struct point *key, const struct vault_number *digest,
                  const struct vault_number *r, const struct vault_number *s)
{
    const struct vault_modulus *order = &curve->order;
    struct vault_number power = order->prime;
    power.word[0] -= 2; /* the order is odd, and its last word more than 2 */
    struct vault_number s_form = vault_modular_form(order, s);
    struct vault_number inverse = vault_modular_power(order, &s_form, &power);
    struct vault_number of_base = vault_modular_multiply(order, digest, &inverse);
    struct vault_number of_key = vault_modular_multiply(order, r, &inverse);
    struct point base = point_of(curve, &curve->base_x, &curve->base_y);
    struct point sum = add_multiples(curve, &of_base, &base, &of_key, key);
    return has_x(curve, &sum, r);
}

size_t vault_tiny_size(enum vault_tiny_curve curve)
{
    return CURVES[curve].size;
}

enum err vault_tiny_verify(const struct vault_tiny_key *key, struct span digest, struct span signature)
{
    struct point point;
    if ((unsigned)key->curve >= VAULT_TINY_CURVE_COUNT)
        return ERR_ARGUMENT;
    const struct curve *curve = &CURVES[key->curve];
    if (digest.size > curve->size || signature.size != 2 * curve->size)
        return ERR_ARGUMENT;
    TRY(read_key(curve, key, &point));
    struct vault_number number = number_of_digest(curve, digest);
    struct vault_number r = vault_number_read(signature.bytes, curve->size);
    struct vault_number s = vault_number_read(signature.bytes + curve->size, curve->size);
    bool is_valid = is_factor(curve, &r) && is_factor(curve, &s) && holds(curve, &point, &number, &r, &s);
    return is_valid ? ERR_OK : ERR_SIGNATURE;
}
