import Foundation
import Reporting
import Testing

@Suite("Packed columns")
struct PackedSeriesTests {
    /// As the page's script reads them.
    private func unpack(_ text: String, count: Int) throws -> [Double] {
        let parts = text.split(separator: ":", maxSplits: 1)
        let bytes = [UInt8](try #require(Data(base64Encoded: String(parts[1]))))
        let scale = Double(parts[0])
        var place = 0
        func next() -> Int {
            var value = 0
            var shift = 0
            while true {
                let byte = bytes[place]
                place += 1
                value |= Int(byte & 127) << shift
                shift += 7
                if byte < 128 { return value }
            }
        }
        var numbers: [Int] = []
        var now = 0
        while numbers.count < count {
            let zigzag = next()
            now += zigzag % 2 == 1 ? -(zigzag + 1) / 2 : zigzag / 2
            numbers.append(now)
            if zigzag == 0 { numbers += Array(repeating: now, count: next()) }
        }
        #expect(place == bytes.count)
        return numbers.map { number in
            if let scale { return Double(number) * scale }
            return number == 0 ? 0 : 1e-6 * pow(1.01, Double(number - 1))
        }
    }

    @Test("keep small whole numbers exactly, runs of equal ones in a few bytes")
    func whole() throws {
        let values = [0, 0, 0, 5, 5, 4_095, 0, 1, 2, 3] + Array(repeating: 3.0, count: 590)
        let text = PackedSeries.pack(values)
        #expect(try unpack(text, count: values.count) == values)
        #expect(text.count < 40)
    }

    @Test("are off by at most 1/8000 of the largest value", arguments: [1.0, 0.37, 1e6])
    func fractions(most: Double) throws {
        let values = (0..<600).map { (sin(Double($0) / 7) + 1) / 2 * most }
        let read = try unpack(PackedSeries.pack(values), count: 600)
        for (value, back) in zip(values, read) { #expect(abs(value - back) < most / 8_000) }
    }

    @Test("keep latencies to half a per cent of themselves, and none as none")
    func latencies() throws {
        let values = [0, 1e-6, 0.00123, 0.5, 0, 12, 3_600]
        let read = try unpack(PackedSeries.pack(values, isLatency: true), count: values.count)
        for (value, back) in zip(values, read) { #expect(abs(value - back) <= 0.0051 * value) }
    }
}
