/// Two ways of doing something, compared on the same cases: how much they differ, and how sure that is.
///
/// Both members of a pair share what is random (the seed, so the users and their arrivals), so that
/// most chance cancels in their difference. The differences count as a sample of a normal variable; the
/// interval is Student's.
package struct PairedComparison: Hashable, Sendable, Codable {
    /// How many pairs there are.
    package var count: Int
    package var firstMean: Double
    package var secondMean: Double
    /// The mean of second minus first.
    package var meanDifference: Double
    /// Of the differences, with n - 1 below; `nil` for fewer than two pairs.
    package var standardDeviation: Double?
    /// The share of intervals of this kind that hold the true mean difference.
    package var confidence: Double
    /// Half the length of the confidence interval; `nil` for fewer than two pairs.
    package var halfWidth: Double?
    /// The probability of a mean difference at least as large when there is none; `nil` for fewer than
    /// two pairs. When all differences are equal, 0, or 1 if they are zero.
    package var probability: Double?

    /// Compares pairs; gives `nil` when there are none. O(n).
    ///
    /// - Parameters:
    ///   - first: by case, the value of the first way.
    ///   - second: by case, the value of the second, in the same order.
    ///   - confidence: above 0, below 1.
    package init?(first: [Double], second: [Double], confidence: Double = 0.95) {
        precondition(first.count == second.count, "pairs need as many first as second values")
        precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1")
        guard !first.isEmpty else { return nil }
        let n = Double(first.count)
        count = first.count
        self.confidence = confidence
        firstMean = first.reduce(0, +) / n
        secondMean = second.reduce(0, +) / n
        let differences = zip(first, second).map { $1 - $0 }
        let mean = differences.reduce(0, +) / n
        meanDifference = mean
        guard count > 1 else { return }
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / (n - 1)).squareRoot()
        let standardError = deviation / n.squareRoot()
        let student = StudentDistribution(degrees: n - 1)
        standardDeviation = deviation
        halfWidth = student.twoSidedQuantile(1 - confidence) * standardError
        probability =
            standardError > 0
            ? student.twoSidedProbability(mean / standardError) : mean == 0 ? 1 : 0
    }

    /// The confidence interval of the mean difference; `nil` for fewer than two pairs.
    package var interval: ClosedRange<Double>? {
        halfWidth.map { (meanDifference - $0)...(meanDifference + $0) }
    }

    /// Whether the interval lies on one side of zero.
    package var isSignificant: Bool { interval.map { !$0.contains(0) } ?? false }
}
