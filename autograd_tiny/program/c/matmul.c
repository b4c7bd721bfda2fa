/* The product of matrices, tile by tile: a tile's sums stay in registers while its rows and columns pass by. The columns
   lie side by side for that, and no more terms of them at a time than the nearest caches hold (Goto and van de Geijn,
   Anatomy of high-performance matrix multiplication, 2008). A matrix times a vector is read once, row by row, four rows
   at a time. */
#if defined(__AVX512F__)
/* numbers that the machine adds at once; rows of a tile that fills the registers */
enum { at_once = 64 / sizeof(double), tall = 8 };
#elif defined(__AVX__)
enum { at_once = 32 / sizeof(double), tall = 4 };
#else
enum { at_once = 16 / sizeof(double), tall = 4 };
#endif
enum { panel = 3 * at_once, deep = 256 }; /* columns of a tile; terms of a sum that are taken at a time */
typedef double lanes __attribute__((vector_size(at_once * sizeof(double)), aligned(sizeof(double)), may_alias));
#define INLINE static inline __attribute__((always_inline))

INLINE void put(double *to, double number, int adds) {
    *to = adds ? *to + number : number;
}

INLINE double total(lanes numbers) {
#pragma GCC unroll 4
    for (int half = at_once / 2; half; half /= 2)
#pragma GCC unroll 8
        for (int q = 0; q < half; q++) numbers[q] += numbers[q + half];
    return numbers[0];
}

/* Some rows times a vector; their number is known when this is compiled. */
INLINE void rows_at_once(const int many, long k, const double *rows, long row, const double *x, double *y, long step,
                         int adds) {
    lanes sums[4] = {{0}};
    long p = 0;
    for (; p + at_once <= k; p += at_once) {
        const lanes numbers = *(const lanes *)(x + p);
#pragma GCC unroll 4
        for (int r = 0; r < many; r++) sums[r] += *(const lanes *)(rows + r * row + p) * numbers;
    }
    double numbers[4];
#pragma GCC unroll 4
    for (int r = 0; r < many; r++) numbers[r] = total(sums[r]);
    for (; p < k; p++)
#pragma GCC unroll 4
        for (int r = 0; r < many; r++) numbers[r] += rows[r * row + p] * x[p];
    for (int r = 0; r < many; r++) put(y + r * step, numbers[r], adds);
}

/* y[j] = Σ_p rows[j][p] x[p] */
static void rows_by_vector(long m, long k, const double *rows, long row, const double *x, double *y, long step,
                           int adds) {
    for (; m >= 4; m -= 4, rows += 4 * row, y += 4 * step) rows_at_once(4, k, rows, row, x, y, step, adds);
    for (; m; m--, rows += row, y += step) rows_at_once(1, k, rows, row, x, y, step, adds);
}

/* y += x @ rows, for y whose numbers lie side by side */
static void vector_by_rows(long m, long k, const double *restrict x, long next, const double *restrict rows, long row,
                           double *restrict y) {
    for (; k >= 4; k -= 4, x += 4 * next, rows += 4 * row) {
        const double *a = rows, *b = a + row, *c = b + row, *d = c + row;
        const double s = x[0], t = x[next], u = x[2 * next], v = x[3 * next];
        for (long j = 0; j < m; j++) y[j] += s * a[j] + t * b[j] + u * c[j] + v * d[j];
    }
    for (; k; k--, x += next, rows += row)
        for (long j = 0; j < m; j++) y[j] += x[0] * rows[j];
}

/* Some columns of y side by side, filled up with columns of zeros. */
static void pack(long k, long width, long full, const double *y, long row, long column, double *restrict packed) {
    long j = column == 1 ? width / at_once * at_once : 0;
    for (long p = 0; p < k; p++) {
        lanes *to = (lanes *)(packed + p * full);
        const lanes *from = (const lanes *)(y + p * row);
        if (j == panel) to[0] = from[0], to[1] = from[1], to[2] = from[2];
        else for (long q = 0; q < j / at_once; q++) to[q] = from[q];
    }
    for (; j + at_once <= width; j += at_once)
        for (long p = 0; p < k; p++)
            for (int q = 0; q < at_once; q++) packed[p * full + j + q] = y[p * row + (j + q) * column];
    for (; j < full; j++)
        for (long p = 0; p < k; p++) packed[p * full + j] = j < width ? y[p * row + j * column] : 0;
}

/* z = x @ y for so many rows and as many columns as so many vectors have, both known when this is compiled; of these
   columns only the first are there, so many as `width` says. */
INLINE void tile(const int rows, const int vectors, long k, const double *x, long x_row, long x_column, const double *y,
                 long y_row, double *z, long z_row, long z_column, long width, int adds) {
    lanes sums[tall][3] = {{{0}}}, columns[3];
    for (long p = 0; p < k; p++, x += x_column, y += y_row) {
#pragma GCC unroll 3
        for (int q = 0; q < vectors; q++) columns[q] = *(const lanes *)(y + q * at_once);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 3
            for (int q = 0; q < vectors; q++) sums[r][q] += x[r * x_row] * columns[q];
    }
    const int whole = z_column == 1 && width == vectors * at_once; /* else the sums are put down beside z first */
    double aside[tall * panel], *to = whole ? z : aside;
    const long to_row = whole ? z_row : panel;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 3
        for (int q = 0; q < vectors; q++) {
            lanes *numbers = (lanes *)(to + r * to_row) + q;
            if (whole && adds) sums[r][q] += *numbers;
            *numbers = sums[r][q];
        }
    for (int r = 0; r < rows && !whole; r++)
        for (long q = 0; q < width; q++) put(z + r * z_row + q * z_column, aside[r * panel + q], adds);
}

/* All rows of some columns, tile under tile; the last few rows in smaller ones. */
INLINE void tiles(const int vectors, long n, long k, const double *x, long x_row, long x_column, const double *y,
                  long y_row, double *z, long z_row, long z_column, long width, int adds) {
    for (; n >= tall; n -= tall, x += tall * x_row, z += tall * z_row)
        tile(tall, vectors, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
    for (; n; n--, x += x_row, z += z_row)
        tile(1, vectors, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
}

/* Columns that need no more than a tile's width, over at most `deep` terms. */
static void columns_of(long n, long width, long k, const double *x, long x_row, long x_column, const double *y,
                       long y_row, long y_column, double *z, long z_row, long z_column, int adds) {
    static double packed[deep * panel] __attribute__((aligned(64)));
    const long full = width > at_once ? panel : at_once;
    if (n > 40 || y_column != 1 || width < full) {
        pack(k, width, full, y, y_row, y_column, packed);
        y = packed, y_row = full;
    }
    if (full == panel) tiles(3, n, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
    else tiles(1, n, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
}

/* z (n, m) = x (n, k) @ y (k, m), or added to it; from one row and column to the next it is so many numbers */
static void matmul(long n, long m, long k, const double *x, long x_row, long x_column, const double *y, long y_row,
                   long y_column, double *z, long z_row, long z_column, int adds) {
    if (n > 1 && (m == 1 || (z_row == 1 && z_column > 1))) { /* as the product of the transposes */
        matmul(m, n, k, y, y_column, y_row, x, x_column, x_row, z, z_column, z_row, adds);
        return;
    }
    if (n == 1 && y_row == 1 && x_column == 1) {
        rows_by_vector(m, k, y, y_column, x, z, z_column, adds);
        return;
    }
    if (n == 1 && y_column == 1 && z_column == 1) {
        for (long j = 0; j < m && !adds; j++) z[j] = 0;
        vector_by_rows(m, k, x, x_column, y, y_row, z);
        return;
    }
    do { /* a sum of no terms is 0 */
        const long terms = k < deep ? k : deep;
        for (long j = 0; j < m; j += panel)
            columns_of(n, m - j < panel ? m - j : panel, terms, x, x_row, x_column, y + j * y_column, y_row, y_column,
                       z + j * z_column, z_row, z_column, adds);
        x += terms * x_column, y += terms * y_row, k -= terms, adds = 1;
    } while (k);
}
