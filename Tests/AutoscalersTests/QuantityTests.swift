import Autoscalers
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test(
        "Kubernetes' spellings come to thousandths, rounded up",
        arguments: [
            ("300m", 300), ("1.5", 1500), ("512Ki", 524_288_000), ("2500u", 3), ("1e3", 1_000_000),
            ("1E3", 1_000_000), ("1E", .max), ("0", 0),
            ("8600m", 8600), ("+5", 5000), ("-5", -5000), (".5", 500), ("5.", 5000), ("1n", 1),
            ("0.1", 100), ("12e-1", 1200), ("1.0005", 1001), ("-1u", -1), ("1k", 1_000_000),
            ("1M", 1_000_000_000), ("1G", 1_000_000_000_000), ("1Mi", 1_048_576_000),
            ("1.5Gi", 1_610_612_736_000), ("0.0000000001", 1), ("00012", 12000),
            ("99999999999999999999", .max), ("1e400", .max), ("-1e400", .min), ("8Ei", .max),
            ("1e-400", 1), ("0e9999999999", 0), ("9223372036854775807m", .max),
            ("9223372036854775806m", .max - 1),
            ("0.10000000000000000000000000000000000000000000000001", 101),
        ] as [(String, Int64)])
    func milli(text: String, milli: Int64) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.milli == milli)
    }

    @Test(
        "What is no quantity is refused",
        arguments: [
            "", "-", "+", ".", "m", "Ki", "1 ", " 1", "1.2.3", "1e", "1e+", "1e1.5", "1mm", "1K",
            "1ki", "0x10", "1_000", "NaN", "inf", "1Ki5", "--1", "１",
        ])
    func refused(text: String) { #expect(Quantity(text) == nil) }

    @Test("The shortest spelling reads back as the same quantity")
    func roundTrip() throws {
        for text in ["1500m", "2", "300m", "2500u", "7n", "-3", "0", "123456789n"] {
            let quantity = try #require(Quantity(text))
            #expect(Quantity(quantity.description) == quantity)
        }
        #expect(Quantity("1.500")?.description == "1500m")
        #expect(Quantity("2000m")?.description == "2")
    }

    @Test("Binary suffixes of decimal fractions are exact to the last thousandth")
    func exact() {
        // 0.1 Ki is 102.4; a double of 0.1 would be a little more.
        #expect(Quantity("0.1Ki")?.milli == 102_400)
        #expect(Quantity("0.0009765625Ki")?.milli == 1000)
        #expect(Quantity("1.0000000000000000000000001Ki")?.milli == 1_024_001)
    }

    @Test("Quantities are ordered by value")
    func order() throws {
        let texts = ["-1", "0", "1n", "1u", "1m", "999m", "1", "1001m", "1k", "1Ki", "1Ei"]
        let quantities = texts.compactMap { Quantity($0) }
        #expect(quantities == quantities.sorted() && quantities.count == texts.count)
    }
}
