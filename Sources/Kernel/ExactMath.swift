/// Elementary functions that give the same bits on every host.
///
/// Built from IEEE 754 addition, subtraction, multiplication, division, square root and integer
/// operations on the representation, in a fixed order: no libm (its last bits differ from version
/// to version), no fused multiply-add (Swift never contracts by itself). The reductions and the
/// polynomial coefficients of `log` and `exp` are those of Sun's fdlibm (`e_log.c`, `e_exp.c`).
public enum ExactMath {
    /// ln 2, its upper 32 bits: a product with any exponent is exact.
    @usableFromInline static let ln2High = 6.93147180369123816490e-01
    /// ln 2 - `ln2High`.
    @usableFromInline static let ln2Low = 1.90821492927058770002e-10

    /// The natural logarithm, within 1 ulp.
    ///
    /// -∞ for zero, NaN for negative arguments and NaN, +∞ for +∞.
    @inlinable
    public static func log(_ x: Double) -> Double {
        var bits = x.bitPattern
        var exponent: Int64 = 0
        if bits &- 0x0010_0000_0000_0000 >= 0x7FE0_0000_0000_0000 {  // Not positive and normal.
            if x == 0 { return -.infinity }
            if !(x > 0) { return .nan }
            if x == .infinity { return x }
            bits = (x * 0x1p54).bitPattern
            exponent = -54
        }
        let (k, f) = reduced(bits)
        exponent &+= k
        let halfSquare = 0.5 * f * f
        let s = f / (2 + f)
        let tail = s * (halfSquare + logRemainder(s))
        let scale = Double(exponent)
        return tail + scale * ln2Low - halfSquare + f + scale * ln2High
    }

    /// Splits a positive normal number as 2^k (1 + f) with √½ < 1 + f < √2.
    @inlinable
    static func reduced(_ bits: UInt64) -> (k: Int64, f: Double) {
        let shifted = bits &+ (0x3FF0_0000_0000_0000 - 0x3FE6_A09E_0000_0000)
        let k = Int64(truncatingIfNeeded: shifted >> 52) &- 0x3FF
        let mantissa = (shifted & 0x000F_FFFF_FFFF_FFFF) &+ 0x3FE6_A09E_0000_0000
        return (k, Double(bitPattern: mantissa) - 1)
    }

    /// ln((1 + s) / (1 - s)) = 2s + s R(s²): this is R, a Remez fit of degree 14, within 2⁻⁵⁸.
    @inlinable
    static func logRemainder(_ s: Double) -> Double {
        let z = s * s
        let w = z * z
        let even =
            w
            * (3.999999999940941908e-01 + w
                * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
        let odd =
            z
            * (6.666666666666735130e-01
                + w
                * (2.857142874366239149e-01
                    + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
        return odd + even
    }

    /// e raised to `x`, within 1 ulp. Overflows to +∞ above 709.78; below -745.13 it is zero.
    @inlinable
    public static func exp(_ x: Double) -> Double {
        if !(x.magnitude < 745.2) {
            return x.isNaN ? x : (x > 0 ? .infinity : 0)
        }
        // The nearest integer to x / ln 2: the addition rounds, the low bits hold the integer.
        let shifted = x * 1.44269504088896338700e+00 + 0x1.8p52
        let k = Int64(bitPattern: shifted.bitPattern &- (0x1.8p52).bitPattern)
        let scale = shifted - 0x1.8p52
        let high = x - scale * ln2High
        let low = scale * ln2Low
        let r = high - low
        let z = r * r
        let c =
            r
            - z
            * (1.66666666666666019037e-01
                + z
                * (-2.77777777770155933842e-03
                    + z
                    * (6.61375632143793436117e-05
                        + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))))
        return scaled(1 + (r * c / (2 - c) - low + high), by: k)
    }

    /// `x` 2^`k` for x in 0.5...2 and k in -1080...1080, rounded once.
    @inlinable
    static func scaled(_ x: Double, by k: Int64) -> Double {
        if k >= -1021 && k <= 1022 {
            return x * powerOfTwo(k)
        }
        return k > 0
            ? x * powerOfTwo(k &- 64) * 0x1p64 : x * powerOfTwo(k &+ 128) * 0x1p-128
    }

    /// 2^`k` for k in -1022...1023.
    @inlinable
    static func powerOfTwo(_ k: Int64) -> Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: k &+ 1023) << 52)
    }

    /// `x` raised to `y` for x >= 0, as exp(y ln x): within 3 × 10⁻¹⁴ of the true value, relatively.
    ///
    /// The logarithm and its product with y carry some extra bits as a sum of two doubles, since an
    /// absolute error in the exponent is a relative error of the power. x⁰ = 1; 0^y is 0 or +∞; NaN
    /// for negative `x`. Results below 2⁻¹⁰²² are rounded to fewer bits.
    @inlinable
    public static func pow(_ x: Double, _ y: Double) -> Double {
        if y == 0 || x == 1 { return 1 }
        if !(x > 0) || x == .infinity || y.isNaN || !y.isFinite {
            return powOfExtremes(x, y)
        }
        let (logHigh, logLow) = logInTwoParts(x)
        let product = y * logHigh
        if !(product.magnitude < 746) { return exp(product) }
        // Dekker's exact product of y and logHigh; |y| is tamed first so that nothing overflows.
        let error: Double
        if y.magnitude < 0x1p900 {
            let (y1, y2) = halves(y)
            let (l1, l2) = halves(logHigh)
            error = ((y1 * l1 - product) + y1 * l2 + y2 * l1) + y2 * l2 + y * logLow
        } else {
            error = y * logLow
        }
        let power = exp(product)
        return power == .infinity ? power : power + power * error
    }

    @usableFromInline
    static func powOfExtremes(_ x: Double, _ y: Double) -> Double {
        if x.isNaN || y.isNaN || x < 0 { return .nan }
        if x == 0 { return y > 0 ? 0 : .infinity }
        if x == .infinity { return y > 0 ? .infinity : 0 }
        return (x > 1) == (y > 0) ? .infinity : 0
    }

    /// ln `x` as an unevaluated sum, some four bits more exact than ``log(_:)``. `x` > 0, finite.
    @inlinable
    static func logInTwoParts(_ x: Double) -> (high: Double, low: Double) {
        let isSubnormal = x < 0x1p-1022
        let (k, f) = reduced((isSubnormal ? x * 0x1p54 : x).bitPattern)
        let exponent = Double(isSubnormal ? k &- 54 : k)
        let halfSquare = 0.5 * f * f
        let s = f / (2 + f)
        // f - halfSquare with its lower half cut off, so that the part cut off is known exactly.
        let main = Double(bitPattern: (f - halfSquare).bitPattern & 0xFFFF_FFFF_0000_0000)
        let rest = (f - main) - halfSquare + s * (halfSquare + logRemainder(s))
        let high = exponent * ln2High + main
        let low =
            exponent == 0 ? rest : (main - (high - exponent * ln2High)) + rest + exponent * ln2Low
        let sum = high + low
        return (sum, low - (sum - high))
    }

    /// Veltkamp's split into two numbers of at most 26 bits whose sum is `x`.
    @inlinable
    static func halves(_ x: Double) -> (Double, Double) {
        let scaled = x * 134_217_729  // 2²⁷ + 1
        let high = scaled - (scaled - x)
        return (high, x - high)
    }
}
