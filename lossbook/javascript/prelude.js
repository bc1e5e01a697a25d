// Helper functions for compiled losses.  Each block below is emitted only into code that calls it.
// Accuracies are relative to the exact value and are tested against 30-digit references.

/** C's pow: 1 to any power is 1, also to NaN or Infinity, where Math.pow gives NaN. */
function $pow(x, y) {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1;
  return Math.pow(x, y);
}

/** The nearest integer; halves go to the even one, and what rounds to zero keeps its sign. */
function $round(x) {
  const down = Math.floor(x);
  const rest = x - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
  return (up ? down + 1 : down) || 0 * x;
}

/** The size of x with the sign of y. */
function $copysign(x, y) {
  return y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
}

/** Horner's rule, highest power first. */
function $polynomial(coefficients, x) {
  let sum = 0;
  for (const c of coefficients) sum = sum * x + c;
  return sum;
}

/** erf for |x| < 0.46875 (W. J. Cody, Math. Comp. 23, 1969, rational Chebyshev approximation). */
function $erfNearZero(x) {
  const s = x * x;
  const p = [1.85777706184603153e-1, 3.1611237438705656, 113.864154151050156, 377.485237685302021, 3209.37758913846947];
  const q = [1, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062];
  return (x * $polynomial(p, s)) / $polynomial(q, s);
}

/** exp(x^2) erfc(x) for x >= 0.46875, from the same source. */
function $erfcxPositive(x) {
  if (x <= 4) {
    const p = [
      2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 66.1191906371416295, 298.635138197400131,
      881.95222124176909, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725,
    ];
    const q = [
      1, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019, 3290.79923573345963,
      4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
    ];
    return $polynomial(p, x) / $polynomial(q, x);
  }
  const s = 1 / (x * x);
  const p = [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
  ];
  const q = [
    1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
  ];
  return (0.56418958354775628695 - (s * $polynomial(p, s)) / $polynomial(q, s)) / x;
}

/** exp(-x^2) with the rounding error of x^2 put back. */
function $gaussian(x) {
  const high = Math.trunc(x * 16) / 16;
  return Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
}

/** The error function, to 1e-15. */
function $erf(x) {
  const size = Math.abs(x);
  if (size < 0.46875) return $erfNearZero(x);
  if (size > 6) return Math.sign(x);
  return Math.sign(x) * (1 - $gaussian(size) * $erfcxPositive(size));
}

/** 1 - erf(x), to 1e-14 as long as it is a normal double. */
function $erfc(x) {
  if (Math.abs(x) < 0.46875) return 1 - $erfNearZero(x);
  if (x > 27) return 0;
  if (x < -6) return 2;
  const tail = $gaussian(x) * $erfcxPositive(Math.abs(x));
  return x > 0 ? tail : 2 - tail;
}

/** exp(x^2) erfc(x), to 1e-14. */
function $erfcx(x) {
  if (Math.abs(x) < 0.46875) return (1 - $erfNearZero(x)) * Math.exp(x * x);
  if (x > 0) return $erfcxPositive(x);
  if (x < -26.7) return Infinity;
  return 2 / $gaussian(x) - $erfcxPositive(-x);
}

/** zeta(k) - 1 for k = 2, 3, ...: the coefficients of log Gamma around 2 (DLMF 5.7.3). */
const $zetas = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853,
  0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05,
  3.058823630702049e-05, 1.528225940865187e-05, 7.637197637899763e-06, 3.81729326499984e-06,
  1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07, 2.38450502727733e-07,
  1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
  7.45071178983543e-09, 3.725334024788457e-09,
];

/** log |Gamma(x)|, to 1e-14 for x > 0; for x < 0 to 1e-14 away from its zeros. */
function $lgamma(x) {
  if (x <= -0.5) {
    if (x === Math.floor(x)) return Infinity;
    return Math.log(Math.PI / Math.abs(x * Math.sin(Math.PI * (x - Math.round(x))))) - $lgamma(-x);
  }
  if (x >= 10) {
    const s = 1 / (x * x);
    const series = [1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12];
    return (x - 0.5) * (Math.log(x) - 1) + (0.41893853320467274178 + $polynomial(series, s) / x);
  }
  let z = x - 2;
  let shift = 0;
  if (x < 0.5) {
    z = x;
    shift = -Math.log1p(x) - Math.log(Math.abs(x));
  } else if (x < 1.5) {
    z = x - 1;
    shift = -Math.log1p(z);
  } else if (x > 2.5) {
    let product = 1;
    for (; z > 0.5; z -= 1) product *= z + 1;
    shift = Math.log(product);
  }
  let sum = 0;
  for (let k = $zetas.length + 1; k > 1; k--) sum = $zetas[k - 2] / k - z * sum;
  return shift + z * (0.42278433509846713939 + z * sum);
}

/** The derivative of log Gamma, to 1e-14 away from its zeros and within 1e-15 of it near them. */
function $digamma(x) {
  if (x === 0) return -Infinity * Math.sign(1 / x);
  if (x <= -0.5) {
    if (x === Math.floor(x)) return NaN;
    return $digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  }
  if (x >= 10) {
    const s = 1 / (x * x);
    const series = [1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12];
    return Math.log(x) - 0.5 / x - s * $polynomial(series, s);
  }
  let z = x - 2;
  let shift = 0;
  if (x < 0.5) {
    z = x;
    shift = -1 / (x + 1) - 1 / x;
  } else if (x < 1.5) {
    z = x - 1;
    shift = -1 / x;
  } else {
    for (; z > 0.5; z -= 1) shift += 1 / (z + 1);
  }
  let sum = 0;
  for (let k = $zetas.length - 1; k >= 0; k--) sum = $zetas[k] - z * sum;
  return shift + 0.42278433509846713939 + z * sum;
}

/** The n-th derivative of digamma for n >= 1, to 1e-13 for x > 0, by Euler-Maclaurin summation. */
function $polygamma(n, x) {
  const sign = n % 2 === 1 ? 1 : -1;
  if (x <= 0 && x === Math.floor(x)) return sign * Infinity;
  if (x <= -0.5) {
    // a sum over all x + k, k whole, less the terms left of x: each of them starts right of zero
    const part = x - Math.floor(x);
    return $polygamma(n, part) + sign * ($polygamma(n, 1 - part) - $polygamma(n, 1 - x));
  }
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  let sum = 0;
  let a = x;
  for (; a < n + 12; a += 1) sum += Math.pow(a, -n - 1);
  sum += Math.pow(a, -n) / n + 0.5 * Math.pow(a, -n - 1);
  const bernoulli = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600];
  let term = (n + 1) * Math.pow(a, -n - 2);
  for (let k = 0; k < bernoulli.length; k++) {
    sum += bernoulli[k] * term;
    term *= ((n + 2 * k + 2) * (n + 2 * k + 3)) / (a * a);
  }
  return sign * factorial * sum;
}
