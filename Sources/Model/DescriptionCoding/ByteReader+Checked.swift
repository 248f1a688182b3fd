import Kernel

extension ByteReader {
    /// A value in `range`; anything else, also not-a-number, is refused.
    mutating func read<Value: BinaryCodable & Comparable>(
        in range: ClosedRange<Value>
    ) throws(ByteError) -> Value {
        let start = offset
        let value = try Value(from: &self)
        guard range.contains(value) else {
            throw ByteError(.invalid("\(Value.self)"), offset: start)
        }
        return value
    }

    /// A time from zero, or from one nanosecond, to ``ModelLimits/longestTime``.
    mutating func readTime(isPositive: Bool) throws(ByteError) -> SimulatedDuration {
        let least = SimulatedDuration(nanoseconds: isPositive ? 1 : 0)
        return try read(in: least...ModelLimits.longestTime)
    }

    /// A list whose length is in `counts`.
    mutating func readList<Element: BinaryCodable>(
        _ counts: ClosedRange<Int>
    ) throws(ByteError) -> [Element] {
        let start = offset
        let list = try [Element](from: &self)
        guard counts.contains(list.count) else { throw ByteError(.invalid("list"), offset: start) }
        return list
    }

    /// Why a tag that says which case of an enumeration follows is refused.
    func unknown(_ what: String) -> ByteError { ByteError(.invalid(what), offset: offset) }
}
