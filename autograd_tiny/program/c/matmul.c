/* The product of matrices, on blocks of four rows and two times as many columns as the machine adds at once: their sums
   stay in registers while the rows and columns pass by (Goto and van de Geijn, Anatomy of high-performance matrix
   multiplication, 2008). A matrix times a vector is read once, row by row, four rows at a time. LONGEST is the number
   of terms in the longest of the sums. */
#if defined(__AVX512F__)
enum { at_once = 8 };
#elif defined(__AVX__)
enum { at_once = 4 };
#else
enum { at_once = 2 };
#endif
enum { block_rows = 4, block_columns = 2 * at_once };
typedef double lanes __attribute__((vector_size(at_once * sizeof(double)), aligned(8), may_alias));

/* Σ_p rows[r][p] * columns[p][q] of four rows and some columns that lie side by side */
static void block(long k, const double *const *rows, long step, const double *columns, long next, lanes *sums) {
    const double *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    lanes a0 = {0}, a1 = {0}, b0 = {0}, b1 = {0}, c0 = {0}, c1 = {0}, d0 = {0}, d1 = {0};
    for (long p = 0; p < k; p++, columns += next) {
        const lanes x = *(const lanes *)columns, y = *(const lanes *)(columns + at_once);
        const long q = p * step;
        a0 += a[q] * x, a1 += a[q] * y;
        b0 += b[q] * x, b1 += b[q] * y;
        c0 += c[q] * x, c1 += c[q] * y;
        d0 += d[q] * x, d1 += d[q] * y;
    }
    sums[0] = a0, sums[1] = a1, sums[2] = b0, sums[3] = b1;
    sums[4] = c0, sums[5] = c1, sums[6] = d0, sums[7] = d1;
}

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

/* z (n, m) = x (n, k) @ y (k, m), or added to it; from one row and column to the next it is so many numbers */
static void matmul(long n, long m, long k, const double *x, long x_row, long x_column, const double *y, long y_row,
                   long y_column, double *z, long z_row, long z_column, int adds) {
    static double packed[LONGEST * block_columns];
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
    for (long j = 0; j < m; j += block_columns) {
        const long width = m - j < block_columns ? m - j : block_columns;
        const double *columns = y + j * y_column;
        long next = y_row;
        if (y_column != 1 || width < block_columns) { /* put side by side first */
            for (long p = 0; p < k; p++)
                for (long q = 0; q < block_columns; q++)
                    packed[p * block_columns + q] = q < width ? columns[p * y_row + q * y_column] : 0;
            columns = packed;
            next = block_columns;
        }
        for (long i = 0; i < n; i += block_rows) {
            double sums[block_rows][block_columns];
            const double *rows[block_rows];
            for (long r = 0; r < block_rows; r++) rows[r] = x + (i + r < n ? i + r : n - 1) * x_row;
            block(k, rows, x_column, columns, next, (lanes *)sums);
            for (long r = 0; r < block_rows && i + r < n; r++)
                for (long q = 0; q < width; q++) put(z + (i + r) * z_row + (j + q) * z_column, sums[r][q], adds);
        }
    }
}
