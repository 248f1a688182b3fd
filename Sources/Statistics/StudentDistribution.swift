/// Student's t distribution: how the mean of a small sample of a normal variable scatters, in units of
/// its own standard error.
package struct StudentDistribution: Hashable, Sendable {
    /// Degrees of freedom: the size of the sample less one.
    package let degrees: Double

    /// - Parameter degrees: above 0.
    package init(degrees: Double) {
        precondition(degrees > 0, "Student's distribution needs more than 0 degrees of freedom")
        self.degrees = degrees
    }

    /// The probability of more than `t` in either direction: I_x(ν/2, 1/2) with x = ν / (ν + t²)
    /// (Abramowitz and Stegun 26.7.1).
    package func twoSidedProbability(_ t: Double) -> Double {
        if t.isInfinite { return 0 }
        return regularisedIncompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
    }

    /// The probability of at most `t`.
    package func cumulative(_ t: Double) -> Double {
        let tail = twoSidedProbability(t) / 2
        return t < 0 ? tail : 1 - tail
    }

    /// The number that is exceeded in either direction with the probability `share`, so that the middle
    /// holds 1 - `share`: 0.05 gives the factor of a 95 % confidence interval.
    ///
    /// By bisection to the last bit; the probability falls strictly with t.
    ///
    /// - Parameter share: in 0...1.
    /// - Returns: from 0 to infinity, the latter for 0.
    package func twoSidedQuantile(_ share: Double) -> Double {
        if !(share > 0) { return .infinity }
        if share >= 1 { return 0 }
        var low = 0.0
        var high = 1.0
        while twoSidedProbability(high) > share, high < 1e300 {
            low = high
            high *= 2
        }
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if twoSidedProbability(middle) > share { low = middle } else { high = middle }
        }
    }

    /// The number that is not exceeded with `probability`, in 0...1.
    package func quantile(_ probability: Double) -> Double {
        if probability < 0.5 { return -twoSidedQuantile(2 * probability) }
        return twoSidedQuantile(2 * (1 - probability))
    }
}
