/* e^x and tanh(x) for several numbers at once, to one unit in the last place and two: glibc's own are off by three.
   Nothing in them branches. */
#if defined(VECTOR_MATH) && defined(__FMA__)

static inline double power_of_two(double n) { /* n: a whole number, added to 3 * 2^51, which leaves it in the last bits */
    unsigned long long bits;
    memcpy(&bits, &n, sizeof bits);
    bits = (bits << 52) + 0x3ff0000000000000;
    memcpy(&n, &bits, sizeof bits);
    return n;
}

/* x, but no further from 0 than a limit, which is given by its bits; NaN stays. */
static inline double limited(double x, long long limit) {
    long long bits;
    memcpy(&bits, &x, sizeof bits);
    const long long size = bits & 0x7fffffffffffffff; /* compared as whole numbers, which raises no flag */
    const long long huge = -(long long)((size > limit) & (size <= 0x7ff0000000000000));
    bits ^= huge & (size ^ limit);
    memcpy(&x, &bits, sizeof bits);
    return x;
}

/* The parts of e^x = 2^n e^r with |r| <= ln(2) / 2; `more` is e^r - 1 - r, by its series. */
static inline void divided(double x, double *n, double *r, double *more) {
    const double whole = 0x1.8p52;
    *n = (x * 0x1.71547652b82fep0 + whole) - whole;
    const double most = x - *n * 0x1.62e42feep-1; /* n ln(2), in two parts */
    *r = most - *n * 0x1.a39ef35793c76p-33;
    const double lost = (most - *r) - *n * 0x1.a39ef35793c76p-33;
    double q = 1 / 6227020800.0;
    q = q * *r + 1 / 479001600.0, q = q * *r + 1 / 39916800.0, q = q * *r + 1 / 3628800.0;
    q = q * *r + 1 / 362880.0, q = q * *r + 1 / 40320.0, q = q * *r + 1 / 5040.0, q = q * *r + 1 / 720.0;
    q = q * *r + 1 / 120.0, q = q * *r + 1 / 24.0, q = q * *r + 1 / 6.0, q = q * *r + 0.5;
    *more = lost + *r * *r * q;
}

static inline double exponential(double x) { /* 2^n in two factors, for half of it may be out of range */
    const double whole = 0x1.8p52;
    double n, r, more;
    divided(limited(x, 0x4088000000000000), &n, &r, &more); /* 768 */
    const double half = n * 0.5 + whole, rest = n - (half - whole);
    return (1 + (r + more)) * power_of_two(half) * power_of_two(rest + whole);
}

/* y / (y + 2) with y = e^2|x| - 1; beyond 22 it is 1. The quotient is corrected by what rounding took from y + 2 and it. */
static inline double hyperbolic_tangent(double x) {
    double n, r, more;
    divided(fabs(limited(x, 0x4036000000000000)) * 2, &n, &r, &more);
    const double power = power_of_two(n + 0x1.8p52), y = power * more + (power * r + (power - 1));
    const double below = y + 2, two = below - y, lost = (y - (below - two)) + (2 - two);
    const double one = 1 / below, z = y * one;
    return copysign(z + ((y - z * below) - z * lost) * one, x);
}
#define exp exponential
#define tanh hyperbolic_tangent
#elif defined(VECTOR_MATH)
__attribute__((simd("notinbranch"))) double exp(double);
__attribute__((simd("notinbranch"))) double tanh(double);
#endif
