/* e^x for several numbers at once, to one unit in the last place: glibc's own is off by three. Nothing in it branches. */
#if defined(VECTOR_MATH) && defined(__AVX2__)

static inline double power_of_two(double n) { /* n: a whole number, added to 3 * 2^51, which leaves it in the last bits */
    unsigned long long bits;
    memcpy(&bits, &n, sizeof bits);
    bits = (bits << 52) + 0x3ff0000000000000;
    memcpy(&n, &bits, sizeof bits);
    return n;
}

/* e^x = 2^n e^r with |r| <= ln(2) / 2, e^r by its series; 2^n in two factors, for half of it may be out of range. */
static inline double exponential(double x) {
    const double whole = 0x1.8p52;
    long long bits;
    memcpy(&bits, &x, sizeof bits);
    const long long size = bits & 0x7fffffffffffffff; /* compared as whole numbers, which raises no flag */
    const long long huge = -(long long)((size > 0x4088000000000000) & (size <= 0x7ff0000000000000)); /* not NaN */
    bits ^= huge & (size ^ 0x4088000000000000); /* 768, of the same sign */
    memcpy(&x, &bits, sizeof bits);
    const double n = (x * 0x1.71547652b82fep0 + whole) - whole, half = n * 0.5 + whole, rest = n - (half - whole);
    const double most = x - n * 0x1.62e42feep-1, r = most - n * 0x1.a39ef35793c76p-33; /* n ln(2), in two parts */
    const double lost = (most - r) - n * 0x1.a39ef35793c76p-33;
    double q = 1 / 6227020800.0;
    q = q * r + 1 / 479001600.0, q = q * r + 1 / 39916800.0, q = q * r + 1 / 3628800.0;
    q = q * r + 1 / 362880.0, q = q * r + 1 / 40320.0, q = q * r + 1 / 5040.0, q = q * r + 1 / 720.0;
    q = q * r + 1 / 120.0, q = q * r + 1 / 24.0, q = q * r + 1 / 6.0, q = q * r + 0.5;
    return (1 + (r + (lost + r * r * q))) * power_of_two(half) * power_of_two(rest + whole);
}
#define exp exponential
#elif defined(VECTOR_MATH)
__attribute__((simd("notinbranch"))) double exp(double);
#endif
