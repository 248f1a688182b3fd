import Foundation
package import Kernel
import Model
import Topology

/// Where in load and length of trigger a system is stable, vulnerable and metastable.
///
/// After Bronson, Aghayev, Charapko and Zhu, "Metastable Failures in Distributed Systems" (HotOS 2021):
/// below the hidden capacity the system comes back whatever the trigger; above it, it is healthy as
/// long as nothing happens, and a trigger that is long enough tips it for good.
package struct LoadMap: Sendable {
    package enum Region: String, Codable, Hashable, Sendable, CaseIterable {
        /// It comes back after every trigger of the map.
        case stable
        /// It comes back after this trigger, but not after a longer one.
        case vulnerable
        /// It does not come back after this trigger.
        case metastable
        /// Users fare badly before the trigger, or without any.
        case overloaded

        package var symbol: String {
            switch self {
            case .stable: "."
            case .vulnerable: "o"
            case .metastable: "#"
            case .overloaded: "x"
            }
        }
    }

    /// What became of the runs of one load and one trigger.
    package struct Cell: Hashable, Sendable {
        package var region: Region
        package var runs: Int
        /// Those of them that did not come back.
        package var tipped: Int
        /// Means over the runs; of the seconds, over those that came back.
        package var before: Double
        package var after: Double
        package var seconds: Double?
    }

    package let name: String
    package let topologyHash: String
    package let loads: [Double]
    /// Users' requests a second at full load, before the trigger; `nil` without a rate.
    package let rate: Double?
    package let triggers: [SimulatedDuration]
    package let triggerNames: [String]
    /// By load, then by trigger.
    package private(set) var cells: [[Cell]]

    /// Judges runs, given by the cells of `plan`.
    package init(_ plan: LoadMapPlan, recoveries: [Recovery]) {
        name = plan.topology.name
        topologyHash = plan.topology.topologyHash
        loads = plan.loads
        triggers = plan.triggers
        triggerNames = plan.triggerNames
        let streams = plan.topology.model.services.flatMap(\.arrivals)
        rate =
            streams.allSatisfy(\.hasRate)
            ? streams.reduce(0) { $0 + $1.profile.rate(at: .start) } : nil
        let seeds = max(plan.cells.count / max(loads.count * triggers.count, 1), 1)
        let height = triggers.count
        var runs: [[[Recovery]]] = []
        for load in loads.indices {
            runs.append(
                (0..<height).map { trigger in
                    let first = (load * height + trigger) * seeds
                    return Array(recoveries[first..<min(first + seeds, recoveries.count)])
                })
        }
        let usual = runs.first?.flatMap { $0.map(\.before) }.max() ?? 1
        let lengths = plan.triggers
        cells = runs.map { Self.column($0, lengths, usual: usual) }
    }

    /// The cells of one load.
    private static func column(
        _ runs: [[Recovery]], _ triggers: [SimulatedDuration], usual: Double
    ) -> [Cell] {
        var cells = runs.map { runs in
            let back = runs.compactMap(\.seconds)
            let tipped = runs.count(where: { $0.hasTipped })
            let before = mean(runs.map(\.before))
            let isOverloaded = before < Recovery.threshold * usual || before < 0.5
            return Cell(
                region: isOverloaded
                    ? .overloaded : 2 * tipped > runs.count ? .metastable : .stable,
                runs: runs.count, tipped: tipped, before: before, after: mean(runs.map(\.after)),
                seconds: back.isEmpty ? nil : mean(back))
        }
        // What fails without any trigger does not need one.
        if zip(triggers, cells).contains(where: { $0 == .zero && $1.region == .metastable }) {
            for index in cells.indices { cells[index].region = .overloaded }
        }
        let isVulnerable = cells.contains { $0.region == .metastable || $0.region == .overloaded }
        for index in cells.indices where isVulnerable && cells[index].region == .stable {
            cells[index].region = .vulnerable
        }
        return cells
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    /// Index of the largest load of the map up to which the system comes back whatever the trigger;
    /// `nil`: there is none.
    package var hiddenCapacity: Int? {
        let tipping = cells.firstIndex { $0.contains { $0.region != .stable } } ?? cells.count
        return tipping > 0 ? tipping - 1 : nil
    }

    /// The hidden capacity in words.
    package var hiddenCapacityWords: String {
        guard triggers.contains(where: { $0 > .zero }) else {
            return "hidden capacity: not known, since no trigger of the map has a length"
        }
        guard let index = hiddenCapacity else {
            return "hidden capacity: below \(percentOfLoad(0)), the smallest load of the map"
        }
        let bound = index + 1 == loads.count ? ", the largest load of the map, or more" : ""
        return "hidden capacity: \(percentOfLoad(index))" + bound
            + " (up to it, the system comes back whatever the trigger)"
    }

    private func percentOfLoad(_ index: Int) -> String {
        let rate = rate.map { ", \(plain($0 * loads[index])) requests/s" } ?? ""
        return plain(loads[index] * 100) + "%" + rate
    }

    /// The map as lines of text: a row a trigger, the longest first; a column a load.
    package var lines: [String] {
        let labels = triggers.map { plain($0.seconds) + " s" }
        let width = max(labels.map(\.count).max() ?? 0, "trigger".count)
        let heads = loads.map { plain($0 * 100) + "%" }
        let columns = heads.map { max($0.count, 4) + 1 }
        func pad(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(width - text.count, 0)) + text
        }
        var lines = [pad("trigger", width) + zip(heads, columns).map { pad($0, $1) }.joined()]
        for trigger in triggers.indices.reversed() {
            let row = loads.indices.map { pad(cells[$0][trigger].region.symbol, columns[$0]) }
            lines.append(pad(labels[trigger], width) + row.joined())
        }
        let legend = Region.allCases.map { "\($0.symbol) \($0.rawValue)" }.joined(separator: "   ")
        return lines + ["", legend, hiddenCapacityWords]
    }

    /// The text of `map.csv`.
    package var csv: String {
        var text =
            "load_percent,requests_per_s,trigger_s,region,runs,tipped,goodput_before,goodput_after,"
            + "recovered_after_s\n"
        for load in loads.indices {
            for trigger in triggers.indices {
                let cell = cells[load][trigger]
                text += "\(plain(loads[load] * 100)),"
                text += rate.map { "\(plain($0 * loads[load]))," } ?? ","
                text += "\(exactSeconds(.start + triggers[trigger])),\(cell.region.rawValue),"
                text += "\(cell.runs),\(cell.tipped),"
                text += String(format: "%.4f,%.4f,", cell.before, cell.after)
                text += cell.seconds.map { String(format: "%.3f", $0) } ?? ""
                text += "\n"
            }
        }
        return text
    }

    /// The text of `map.json`: what the map is of, and its hidden capacity.
    package var json: String {
        var object: [String: Any] = [
            "topologyHash": topologyHash, "name": name, "loads": loads,
            "triggerSeconds": triggers.map(\.seconds), "triggers": triggerNames,
        ]
        if let index = hiddenCapacity { object["hiddenCapacity"] = loads[index] }
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
    }
}
