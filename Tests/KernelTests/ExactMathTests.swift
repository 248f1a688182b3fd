import Foundation
import Kernel
import Testing

@Suite("Exact elementary functions") struct ExactMathTests {
    /// Distance in units in the last place of `expected`.
    static func ulps(_ actual: Double, _ expected: Double) -> Double {
        actual == expected ? 0 : abs(actual - expected) / expected.ulp
    }

    @Test("The logarithm is within 1 ulp of libm's over the whole range")
    func logarithm() {
        var numbers = TestNumbers(seed: 1)
        var worst = 0.0
        for _ in 0..<200_000 {
            let any = Double(bitPattern: numbers.next() & 0x7FFF_FFFF_FFFF_FFFF)
            for x in [any, numbers.uniform(), 0.5 + numbers.uniform(), numbers.uniform() * 100]
            where x.isFinite && x > 0 {
                worst = max(worst, Self.ulps(ExactMath.log(x), Foundation.log(x)))
            }
        }
        #expect(worst <= 1)
    }

    @Test("The exponential is within 1 ulp of libm's over the whole range")
    func exponential() {
        var numbers = TestNumbers(seed: 2)
        var worst = 0.0
        for _ in 0..<200_000 {
            for x in [numbers.uniform() * 1454 - 745, numbers.uniform() - 0.5] {
                worst = max(worst, Self.ulps(ExactMath.exp(x), Foundation.exp(x)))
            }
        }
        #expect(worst <= 1)
    }

    @Test("A power is within 3 × 10⁻¹⁴ of libm's, relatively, wherever it is a normal number")
    func power() {
        var numbers = TestNumbers(seed: 3)
        var worst = 0.0
        for _ in 0..<200_000 {
            let any = Double(bitPattern: numbers.next() & 0x7FFF_FFFF_FFFF_FFFF)
            let bases = [
                any, numbers.uniform(), 1 + (numbers.uniform() - 0.5) * 1e-6,
                100 * numbers.uniform(),
            ]
            for x in bases where x.isFinite && x > 0 {
                // Spread the exponent so that the result covers all magnitudes.
                let y = (numbers.uniform() * 1400 - 700) / Foundation.log(x)
                for y in [y, numbers.uniform() * 4 - 2] where y.isFinite {
                    let expected = Foundation.pow(x, y)
                    if !expected.isNormal { continue }
                    worst = max(worst, abs(ExactMath.pow(x, y) / expected - 1))
                }
            }
        }
        #expect(worst < 3e-14)
    }

    @Test("Arguments outside the domain give what IEEE 754 would")
    func extremes() {
        #expect(ExactMath.log(0) == -.infinity)
        #expect(ExactMath.log(-0.0) == -.infinity)
        #expect(ExactMath.log(-1).isNaN)
        #expect(ExactMath.log(.nan).isNaN)
        #expect(ExactMath.log(.infinity) == .infinity)
        #expect(ExactMath.log(1) == 0)
        #expect(ExactMath.log(.leastNonzeroMagnitude) == Foundation.log(.leastNonzeroMagnitude))
        #expect(ExactMath.exp(0) == 1)
        #expect(ExactMath.exp(-.infinity) == 0)
        #expect(ExactMath.exp(.infinity) == .infinity)
        #expect(ExactMath.exp(710) == .infinity)
        #expect(ExactMath.exp(-746) == 0)
        #expect(ExactMath.exp(-745) == Foundation.exp(-745))
        #expect(ExactMath.exp(.nan).isNaN)
        #expect(ExactMath.inverseNormal(0) == -.infinity)
        #expect(ExactMath.inverseNormal(1) == .infinity)
        #expect(ExactMath.inverseNormal(-0.1).isNaN)
        #expect(ExactMath.inverseNormal(.nan).isNaN)
    }

    @Test("Powers of special numbers are libm's")
    func specialPowers() {
        let special =
            [0, 0.5, 1, 2, .infinity, .nan, .leastNonzeroMagnitude, 1e308, 1e-308] as [Double]
        let exponents = special + special.map { -$0 } + [1e300, -1e300]
        for x in special {
            for y in exponents {
                let (actual, expected) = (ExactMath.pow(x, y), Foundation.pow(x, y))
                let agrees = actual.isNaN && expected.isNaN || actual == expected
                let isClose = abs(actual - expected) <= 1e-13 * abs(expected)
                #expect(agrees || isClose, "\(x) to the \(y): \(actual), not \(expected)")
            }
        }
    }

    @Test("The normal quantile inverts the normal distribution, deep into its tail")
    func inverseNormal() {
        var numbers = TestNumbers(seed: 4)
        for _ in 0..<50_000 {
            let tail = Foundation.exp(-numbers.uniform() * 700)
            for p in [tail, numbers.uniform() / 2] where p < 0.5 {
                let x = ExactMath.inverseNormal(p)
                // The distribution's relative error is x² times that of x.
                let tolerance = 1e-14 + 1e-15 * x * x
                #expect(abs(Statistics.normalCDF(x) / p - 1) < tolerance, "at \(p)")
            }
            let p = numbers.uniform()
            let mirrored = ExactMath.inverseNormal(1 - p)
            #expect(abs(mirrored + ExactMath.inverseNormal(p)) < 1e-13 / min(p, 1 - p))
        }
    }

    @Test("Results have the same bits in every build and on every host")
    func goldenBits() {
        var numbers = TestNumbers(seed: 5)
        var digest = StreamDigest()
        for _ in 0..<20_000 {
            let u = numbers.uniform()
            let x = Double(bitPattern: numbers.next() & 0x7FFF_FFFF_FFFF_FFFF)
            digest.fold(ExactMath.log(u).bitPattern, ExactMath.exp(u * 1400 - 700).bitPattern)
            digest.fold(
                ExactMath.pow(u, 3 * numbers.uniform()).bitPattern,
                ExactMath.inverseNormal(u).bitPattern)
            if x.isFinite { digest.fold(ExactMath.log(x).bitPattern, 0) }
        }
        #expect(digest.description == "67a7f30c54c8403a")
        #expect(ExactMath.log(0.1).bitPattern == 0xC002_6BB1_BBB5_5515)
        #expect(ExactMath.log(10).bitPattern == 0x4002_6BB1_BBB5_5516)
        #expect(ExactMath.exp(1).bitPattern == 0x4005_BF0A_8B14_576A)
        #expect(ExactMath.pow(2, 0.5).bitPattern == 0x3FF6_A09E_667F_3BCC)
        #expect(ExactMath.inverseNormal(0.975).bitPattern == 0x3FFF_5C03_31EE_FF82)
    }
}
