import Statistics
import Testing

@Suite("Student's distribution")
struct StudentTests {
    /// Abramowitz and Stegun, table 26.10; NIST e-Handbook 1.3.6.7.2.
    static let table: [(degrees: Double, share: Double, t: Double)] = [
        (1, 0.05, 12.706), (2, 0.05, 4.303), (3, 0.05, 3.182), (4, 0.05, 2.776),
        (5, 0.05, 2.571), (9, 0.05, 2.262), (10, 0.05, 2.228), (19, 0.05, 2.093),
        (29, 0.05, 2.045), (30, 0.05, 2.042), (60, 0.05, 2.000), (100, 0.05, 1.984),
        (1, 0.01, 63.657), (4, 0.01, 4.604), (19, 0.01, 2.861), (100, 0.01, 2.626),
        (5, 0.1, 2.015), (19, 0.1, 1.729), (19, 0.001, 3.883), (1, 0.001, 636.619),
    ]

    @Test("has the quantiles of the printed tables", arguments: table)
    func tables(degrees: Double, share: Double, t: Double) {
        let found = StudentDistribution(degrees: degrees).twoSidedQuantile(share)
        #expect(abs(found - t) <= 0.0005 * max(1, t / 100), "\(found)")
    }

    @Test("agrees with the closed forms for one and two degrees of freedom")
    func closedForms() {
        for p in [0.6, 0.75, 0.9, 0.975, 0.995, 0.9995] {
            // One degree is Cauchy's, whose quantile at 3/4 is 1; two have 2p' / √(2 · 4pq) ...
            let two = (2 * p - 1) * (1 / (2 * p * (1 - p))).squareRoot()
            #expect(abs(StudentDistribution(degrees: 2).quantile(p) / two - 1) < 1e-12)
        }
        #expect(abs(StudentDistribution(degrees: 1).quantile(0.75) - 1) < 1e-13)
        #expect(abs(StudentDistribution(degrees: 1).cumulative(-1) - 0.25) < 1e-14)
    }

    @Test("becomes the normal distribution")
    func normal() {
        let quantile = StudentDistribution(degrees: 1e7).twoSidedQuantile(0.05)
        #expect(abs(quantile - 1.959963984540054) < 1e-6)
    }

    @Test("has a quantile that undoes its probability", arguments: [1.0, 2, 3.5, 7, 19, 99, 999])
    func inverse(degrees: Double) {
        let student = StudentDistribution(degrees: degrees)
        for p in [1e-6, 0.001, 0.025, 0.3, 0.5, 0.7, 0.975, 0.999] {
            #expect(abs(student.cumulative(student.quantile(p)) - p) < 1e-12)
        }
        #expect(student.quantile(0.5) == 0)
        #expect(student.quantile(1) == .infinity)
        #expect(student.cumulative(.infinity) == 1)
    }

    @Test("rests on an incomplete beta function with its known values")
    func incompleteBeta() {
        // I_x(1, b) = 1 - (1 - x)^b, I_x(a, 1) = x^a, I_½(a, a) = ½; and A. and S. 26.5.
        #expect(abs(regularisedIncompleteBeta(0.3, 1, 2) - 0.51) < 1e-14)
        #expect(abs(regularisedIncompleteBeta(0.3, 3, 1) - 0.027) < 1e-15)
        #expect(abs(regularisedIncompleteBeta(0.5, 7.5, 7.5) - 0.5) < 1e-13)
        // The binomial tail: P(at least 3 of 10 at 0.2).
        #expect(abs(regularisedIncompleteBeta(0.2, 3, 8) - 0.3222004736) < 1e-10)
        #expect(regularisedIncompleteBeta(0, 2, 3) == 0)
        #expect(regularisedIncompleteBeta(1, 2, 3) == 1)
    }
}

@Suite("A paired comparison")
struct PairedComparisonTests {
    @Test("gives the interval of Student's own data on sleep")
    func sleep() throws {
        // "The probable error of a mean", Biometrika 6 (1908): hours of sleep gained by ten patients
        // with two drugs; mean difference 1.58, t = 4.0621 (Fisher 1925).
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
        let result = try #require(PairedComparison(first: first, second: second))
        #expect(result.count == 10)
        #expect(abs(result.meanDifference - 1.58) < 1e-12)
        let interval = try #require(result.interval)
        #expect(abs(interval.lowerBound - 0.7001142) < 1e-6)
        #expect(abs(interval.upperBound - 2.4598858) < 1e-6)
        #expect(abs((result.probability ?? 0) - 0.00283289) < 1e-7)
        #expect(result.isSignificant)
    }

    @Test("of one pair has a difference and no interval, of none nothing")
    func few() throws {
        let one = try #require(PairedComparison(first: [1], second: [4]))
        #expect(one.meanDifference == 3)
        #expect(one.interval == nil)
        #expect(!one.isSignificant)
        #expect(PairedComparison(first: [], second: []) == nil)
    }

    @Test("of equal differences is certain")
    func equal() throws {
        let same = try #require(PairedComparison(first: [1, 2, 3], second: [1, 2, 3]))
        #expect(same.halfWidth == 0)
        #expect(same.probability == 1)
        #expect(!same.isSignificant)
        let shifted = try #require(PairedComparison(first: [1, 2, 3], second: [2, 3, 4]))
        #expect(shifted.probability == 0)
        #expect(shifted.isSignificant)
    }
}
