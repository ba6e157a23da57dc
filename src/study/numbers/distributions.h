/* Distributions that statements over seeds need, to the precision of double arithmetic: there are
 * few seeds, so that nothing is approximated by the normal distribution. */
#ifndef RL_STUDY_NUMBERS_DISTRIBUTIONS_H
#define RL_STUDY_NUMBERS_DISTRIBUTIONS_H

/* The quantile of Student's t with `freedom` degrees: P(T <= t) = probability. Infinite freedom is
 * the normal distribution. NaN outside of 0 < probability < 1 and freedom > 0. */
double rl_student_quantile(double probability, double freedom);

/* P(|T| > |t|), the two-sided p-value. */
double rl_student_p(double t, double freedom);

/* P(Z <= z) of the normal distribution. */
double rl_normal_probability(double z);

/* P(X <= x) of the beta distribution: the regularised incomplete beta function I_x(a, b). */
double rl_beta_probability(double x, double a, double b);

/* P(X <= x) of chi-square, and its quantile: NaN outside of 0 < probability < 1, freedom > 0. */
double rl_chi_square_probability(double x, double freedom);
double rl_chi_square_quantile(double probability, double freedom);

#endif
