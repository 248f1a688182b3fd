extension ExactMath {
    /// The standard normal variate below which a share `p` of all values lies; 0 < `p` < 1.
    ///
    /// Algorithm AS 241, PPND16: Wichura, "The percentage points of the normal distribution",
    /// Applied Statistics 37 (1988), 477-484. Accurate to about one part in 10¹⁶. ±∞ at 1 and 0,
    /// NaN outside.
    @inlinable
    public static func inverseNormal(_ p: Double) -> Double {
        let q = p - 0.5
        if q.magnitude <= 0.425 {
            let r = 0.180625 - q * q
            return q * centralNumerator(r) / centralDenominator(r)
        }
        return inverseNormalTail(p, q)
    }

    @usableFromInline
    static func inverseNormalTail(_ p: Double, _ q: Double) -> Double {
        let share = q < 0 ? p : 1 - p
        if !(share > 0) {
            return share == 0 ? (q < 0 ? -.infinity : .infinity) : .nan
        }
        let r = (-log(share)).squareRoot()
        let tail =
            r <= 5
            ? middleNumerator(r - 1.6) / middleDenominator(r - 1.6)
            : farNumerator(r - 5) / farDenominator(r - 5)
        return q < 0 ? -tail : tail
    }

    @inlinable
    static func centralNumerator(_ r: Double) -> Double {
        var sum = 2509.0809287301226727 * r + 33430.575583588128105
        sum = sum * r + 67265.770927008700853
        sum = sum * r + 45921.953931549871457
        sum = sum * r + 13731.693765509461125
        sum = sum * r + 1971.5909503065514427
        sum = sum * r + 133.14166789178437745
        return sum * r + 3.387132872796366608
    }

    @inlinable
    static func centralDenominator(_ r: Double) -> Double {
        var sum = 5226.495278852854561 * r + 28729.085735721942674
        sum = sum * r + 39307.89580009271061
        sum = sum * r + 21213.794301586595867
        sum = sum * r + 5394.1960214247511077
        sum = sum * r + 687.1870074920579083
        sum = sum * r + 42.313330701600911252
        return sum * r + 1
    }

    private static func middleNumerator(_ r: Double) -> Double {
        var sum = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        sum = sum * r + 0.24178072517745061177
        sum = sum * r + 1.27045825245236838258
        sum = sum * r + 3.64784832476320460504
        sum = sum * r + 5.7694972214606914055
        sum = sum * r + 4.6303378461565452959
        return sum * r + 1.42343711074968357734
    }

    private static func middleDenominator(_ r: Double) -> Double {
        var sum = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        sum = sum * r + 0.0151986665636164571966
        sum = sum * r + 0.14810397642748007459
        sum = sum * r + 0.68976733498510000455
        sum = sum * r + 1.6763848301838038494
        sum = sum * r + 2.05319162663775882187
        return sum * r + 1
    }

    private static func farNumerator(_ r: Double) -> Double {
        var sum = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        sum = sum * r + 0.0012426609473880784386
        sum = sum * r + 0.026532189526576123093
        sum = sum * r + 0.29656057182850489123
        sum = sum * r + 1.7848265399172913358
        sum = sum * r + 5.4637849111641143699
        return sum * r + 6.6579046435011037772
    }

    private static func farDenominator(_ r: Double) -> Double {
        var sum = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        sum = sum * r + 1.8463183175100546818e-5
        sum = sum * r + 7.868691311456132591e-4
        sum = sum * r + 0.0148753612908506148525
        sum = sum * r + 0.13692988092273580531
        sum = sum * r + 0.59983220655588793769
        return sum * r + 1
    }
}
