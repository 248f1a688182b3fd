import Glibc

/// The regularised incomplete beta function I_x(a, b), the probability that a beta-distributed number
/// is at most x.
///
/// By the continued fraction of Abramowitz and Stegun 26.5.8, evaluated by Lentz's method (Press et
/// al., Numerical Recipes, 6.4), on the side of the mean where it converges quickly.
///
/// - Parameters:
///   - x: in 0...1; beyond that the result is 0 or 1.
///   - a: above 0.
///   - b: above 0.
/// - Returns: a probability, off by some 1e-14 for parameters up to a thousand, and by the rounding of
///   ln Γ (relatively 1e-16 · max(a, b) · ln max(a, b)) beyond.
/// - Complexity: O(√max(a, b)).
package func regularisedIncompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if !(x > 0) { return 0 }
    if x >= 1 { return 1 }
    let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2) { return front * betaFraction(x, a, b) / a }
    return 1 - front * betaFraction(1 - x, b, a) / b
}

/// ln |Γ(x)|, without the global sign of `lgamma`.
private func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
}

/// The continued fraction 1/(1+ d₁/(1+ d₂/(1+ ...))) of I_x(a, b).
private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / kept(1 - (a + b) * x / (a + 1))
    var fraction = d
    let limit = 1_000 + Int(min(20 * max(a, b).squareRoot(), 1e7))
    for step in 1...limit {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / kept(1 + even * d)
        c = kept(1 + even / c)
        fraction *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / kept(1 + odd * d)
        c = kept(1 + odd / c)
        let change = d * c
        fraction *= change
        if abs(change - 1) < 1e-16 { break }
    }
    return fraction
}
