import Kernel
import Model

// Shares, memory, parts of cores, and replicas of a service.

extension Quantity {
    /// A number or a percentage in `range`.
    static func ratio(
        _ text: String, in range: ClosedRange<Double>
    ) throws(QuantityError) -> Double {
        let (value, unit) = try split(text, example: "30%")
        guard unit.isEmpty || unit == "%" else {
            throw QuantityError(
                message: "`\(text)` has the unit `\(unit)` where none but `%` is used",
                remedy: "write `30%`, or `0.3` without a unit")
        }
        let ratio = unit.isEmpty ? value : value / 100
        guard range.contains(ratio) else {
            let percent =
                "\((range.lowerBound * 100).plainText)% to \((range.upperBound * 100).plainText)%"
            throw QuantityError(
                message: "`\(text)` is out of range",
                remedy: unit.isEmpty && range.contains(value / 100)
                    ? "write `\(text)%` if percent is meant; it may be \(percent)"
                    : "write \(percent)")
        }
        return ratio
    }

    /// Bytes of memory.
    static func memory(_ text: String) throws(QuantityError) -> Double {
        let bytes = try measured(text, in: memoryUnits, example: "512 MiB")
        guard bytes <= ModelLimits.memory else {
            throw QuantityError(message: "`\(text)` is too large", remedy: "write less than 1e9 GB")
        }
        return bytes
    }

    static let memoryUnits = Units(
        kind: "memory",
        sizes: [
            ("B", 1), ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("TiB", 0x1p40),
            ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ],
        misnomers: [
            "b": "B", "byte": "B", "bytes": "B", "k": "KiB", "kb": "kB", "ki": "KiB", "m": "MiB",
            "mi": "MiB", "mb": "MB", "g": "GiB", "gi": "GiB", "gb": "GB", "ti": "TiB",
        ])

    /// Cores, not necessarily whole: `1.5 cores`, or thousandths as Kubernetes writes them, `500m`.
    static func processor(_ text: String) throws(QuantityError) -> Double {
        let cores = try measured(text, in: processorUnits, example: "0.5 cores")
        guard cores > 0, cores <= 65_535 else {
            throw QuantityError(
                message: "`\(text)` is out of range", remedy: "write more than 0, up to 65535 cores"
            )
        }
        return cores
    }

    static let processorUnits = Units(
        kind: "cores", sizes: [("cores", 1), ("core", 1), ("m", 0.001)],
        misnomers: ["cpu": "cores", "cpus": "cores", "vcpu": "cores", "c": "cores"])

    /// `all`, the first so many, or a share of them.
    static func replicas(_ text: String) throws(QuantityError) -> ReplicaSelection {
        if text == "all" { return .all }
        let (value, unit) = try split(text, example: "50%")
        guard unit.isEmpty || unit == "%" else {
            throw QuantityError(
                message: "`\(text)` does not say which replicas",
                remedy: "write `all`, a number such as `2`, a share such as `50%`, "
                    + "`{ zone: 1 }`, or a list such as `[0, 3]`")
        }
        if unit == "%" {
            guard value > 0, value <= 100 else {
                throw QuantityError(
                    message: "`\(text)` is out of range", remedy: "write more than 0%, up to 100%")
            }
            return .share(value / 100)
        }
        guard value == value.rounded(.towardZero), value >= 1, value <= Double(ModelLimits.replicas)
        else {
            throw QuantityError(
                message: "`\(text)` is no number of replicas",
                remedy: "write a whole number from 1, or a share such as `50%`")
        }
        return .count(Int(value))
    }
}

extension Double {
    /// Without a fraction where there is none, for messages.
    fileprivate var plainText: String {
        self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self)
    }
}
