/* The product of matrices, tile by tile: a tile's sums stay in registers while its rows and columns pass by. The columns
   lie side by side for that, and no more terms of them at a time than the nearest caches hold (Goto and van de Geijn,
   Anatomy of high-performance matrix multiplication, 2008). A matrix times a vector is read once, row by row, four rows
   at a time. */
#if defined(__AVX512F__)
enum { at_once = 8, tall = 8 }; /* numbers that the machine adds at once; rows of a tile that fills the registers */
#elif defined(__AVX__)
enum { at_once = 4, tall = 4 };
#else
enum { at_once = 2, tall = 4 };
#endif
enum { panel = 3 * at_once, deep = 256 }; /* columns of a tile; terms of a sum that are taken at a time */
typedef double lanes __attribute__((vector_size(at_once * sizeof(double)), aligned(8), may_alias));
#define INLINE static inline __attribute__((always_inline))

static void put(double *to, double number, int adds) {
    *to = adds ? *to + number : number;
}

/* y[j] = Σ_p rows[j][p] x[p] */
static void rows_by_vector(long m, long k, const double *restrict rows, long row, const double *restrict x, double *y,
                           long step, int adds) {
    long j = 0;
    for (; j + 4 <= m; j += 4) {
        const double *a = rows + j * row, *b = a + row, *c = b + row, *d = c + row;
        double s = 0, t = 0, u = 0, v = 0;
#pragma omp simd reduction(+ : s, t, u, v)
        for (long p = 0; p < k; p++) s += a[p] * x[p], t += b[p] * x[p], u += c[p] * x[p], v += d[p] * x[p];
        put(y + j * step, s, adds), put(y + (j + 1) * step, t, adds);
        put(y + (j + 2) * step, u, adds), put(y + (j + 3) * step, v, adds);
    }
    for (; j < m; j++) {
        double s = 0;
#pragma omp simd reduction(+ : s)
        for (long p = 0; p < k; p++) s += rows[j * row + p] * x[p];
        put(y + j * step, s, adds);
    }
}

/* y = x @ columns, blocks of columns that lie side by side; the last few one by one */
static void vector_by_columns(long m, long k, const double *restrict x, long next, const double *restrict columns,
                              long row, double *y, long step, int adds) {
    long j = 0;
    for (; j + 4 * at_once <= m; j += 4 * at_once) {
        lanes s = {0}, t = {0}, u = {0}, v = {0};
        for (long p = 0; p < k; p++) {
            const lanes *from = (const lanes *)(columns + p * row + j);
            const double number = x[p * next];
            s += number * from[0], t += number * from[1], u += number * from[2], v += number * from[3];
        }
        for (int q = 0; q < at_once; q++) {
            put(y + (j + q) * step, s[q], adds), put(y + (j + q + at_once) * step, t[q], adds);
            put(y + (j + q + 2 * at_once) * step, u[q], adds), put(y + (j + q + 3 * at_once) * step, v[q], adds);
        }
    }
    for (; j < m; j++) {
        double s = 0;
        for (long p = 0; p < k; p++) s += x[p * next] * columns[p * row + j];
        put(y + j * step, s, adds);
    }
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
    double numbers[panel];
    const int whole = z_column == 1 && width == vectors * at_once;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++, z += z_row) {
#pragma GCC unroll 3
        for (int q = 0; q < vectors; q++) {
            lanes *to = (lanes *)(whole ? z : numbers) + q;
            if (whole && adds) *to += sums[r][q];
            else *to = sums[r][q];
        }
        for (long q = 0; !whole && q < width; q++) put(z + q * z_column, numbers[q], adds);
    }
}

/* All rows of some columns, tile under tile; the last few rows in smaller ones. */
INLINE void tiles(const int vectors, long n, long k, const double *x, long x_row, long x_column, const double *y,
                  long y_row, double *z, long z_row, long z_column, long width, int adds) {
    for (; n >= tall; n -= tall, x += tall * x_row, z += tall * z_row)
        tile(tall, vectors, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
    for (; n >= 4; n -= 4, x += 4 * x_row, z += 4 * z_row)
        tile(4, vectors, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
    for (; n; n--, x += x_row, z += z_row)
        tile(1, vectors, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
}

/* Columns that need no more than a tile's width, over at most `deep` terms. */
static void columns_of(long n, long width, long k, const double *x, long x_row, long x_column, const double *y,
                       long y_row, long y_column, double *z, long z_row, long z_column, int adds) {
    static double packed[deep * panel] __attribute__((aligned(64)));
    const long vectors = (width + at_once - 1) / at_once, full = vectors * at_once;
    if (n > tall || y_column != 1 || width < full) {
        pack(k, width, full, y, y_row, y_column, packed);
        y = packed, y_row = full;
    }
    if (vectors == 3) tiles(3, n, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
    else if (vectors == 2) tiles(2, n, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
    else tiles(1, n, k, x, x_row, x_column, y, y_row, z, z_row, z_column, width, adds);
}

/* z (n, m) = x (n, k) @ y (k, m), or added to it; from one row and column to the next it is so many numbers */
static void matmul(long n, long m, long k, const double *x, long x_row, long x_column, const double *y, long y_row,
                   long y_column, double *z, long z_row, long z_column, int adds) {
    if (m == 1 && n > 1) { /* as the product of the transposes */
        matmul(1, n, k, y, 0, y_row, x, x_column, x_row, z, 0, z_row, adds);
        return;
    }
    if (n == 1 && y_row == 1 && x_column == 1) {
        rows_by_vector(m, k, y, y_column, x, z, z_column, adds);
        return;
    }
    if (n == 1 && y_column == 1) {
        vector_by_columns(m, k, x, x_column, y, y_row, z, z_column, adds);
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
