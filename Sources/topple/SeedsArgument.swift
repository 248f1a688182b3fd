import ArgumentParser

/// Seeds given on the command line: `7`, `1..20` or `1,2,5`.
struct SeedsArgument: ExpressibleByArgument, CustomStringConvertible {
    /// Ascending as given; at least one, all different.
    let seeds: [UInt64]
    let description: String

    init(_ range: ClosedRange<UInt64>) {
        seeds = Array(range)
        description = "\(range.lowerBound)..\(range.upperBound)"
    }

    init?(argument: String) {
        var seeds: [UInt64] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: ".", omittingEmptySubsequences: false)
            if ends.count == 1, let seed = UInt64(part) {
                seeds.append(seed)
            } else if ends.count == 3, ends[1].isEmpty, let first = UInt64(ends[0]),
                let last = UInt64(ends[2]), first <= last, last - first < 100_000
            {
                seeds += Array(first...last)
            } else {
                return nil
            }
        }
        guard !seeds.isEmpty, Set(seeds).count == seeds.count, seeds.count <= 100_000,
            seeds.allSatisfy({ $0 < 1 << 53 })
        else { return nil }
        self.seeds = seeds
        description = argument
    }
}
