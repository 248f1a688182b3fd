/// Deterministic subsetting (Site Reliability Engineering, chapter 20): the callers' replicas are
/// dealt with in rounds; in a round every replica of the callee belongs to at most one subset.
///
/// With n replicas and subsets of k, a round is ⌊n/k⌋ callers, and n mod k replicas are left out of
/// it. Instead of shuffling a list for each round, the place of a replica in the round's order is a
/// keyed permutation of 0..<n, so nothing is stored.
package struct Subset: Sendable {
    private let round: UInt64
    private let first: Int
    private let replicas: Int
    /// Replicas in the subset.
    package let count: Int

    package init(of size: Int, among replicas: Int, caller: Int) {
        self.replicas = replicas
        let size = max(1, size)
        let subsets = replicas / size
        if subsets <= 1 {
            // One subset: a window of the callers' own, or everything.
            count = min(size, replicas)
            round = UInt64(truncatingIfNeeded: caller)
            first = 0
        } else {
            count = size
            round = UInt64(truncatingIfNeeded: caller / subsets)
            first = caller % subsets * size
        }
    }

    /// The `index`th replica of the subset; `index` in 0..<``count``. O(1) expected.
    package subscript(index: Int) -> Int {
        var half: UInt64 = 1
        while 1 << (2 * half) < replicas { half += 1 }
        var value = UInt64(first + index)
        // Walks the cycle of a larger permutation until it is back below n.
        repeat { value = permuted(value, half) } while value >= UInt64(replicas)
        return Int(value)
    }

    /// A Feistel network of four rounds on 2·`half` bits.
    private func permuted(_ value: UInt64, _ half: UInt64) -> UInt64 {
        let mask: UInt64 = 1 << half - 1
        var left = value >> half
        var right = value & mask
        for step in 0..<4 as Range<UInt64> {
            (left, right) = (right, left ^ (mixed(mixed(round) ^ right ^ step << 56) & mask))
        }
        return left << half | right
    }
}
