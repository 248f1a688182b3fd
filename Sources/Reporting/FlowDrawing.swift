/// The ledger as a flow: bands from where core time was computed to what became of it.
struct FlowDrawing {
    let flow: LedgerFlow

    /// A band with its place from top to bottom.
    struct Bar {
        var band: LedgerFlow.Band
        var top: Double
        var height: Double
        /// Where its ribbon meets the middle.
        var middleTop: Double
    }

    static let height = 300.0
    private static let gap = 16.0

    /// Bars of one side; all bands together are `height` less the gaps of the fuller side.
    func bars(_ bands: [LedgerFlow.Band]) -> [Bar] {
        let gaps = Self.gap * Double(max(flow.sources.count, flow.fates.count) - 1)
        let scale = flow.total > 0 ? max(Self.height - gaps, 40) / flow.total : 0
        let all = bands.reduce(0) { $0 + $1.amount } * scale
        var top = (Self.height - all - Self.gap * Double(bands.count - 1)) / 2
        var middle = (Self.height - flow.total * scale) / 2
        return bands.map { band in
            let bar = Bar(band: band, top: top, height: band.amount * scale, middleTop: middle)
            top += bar.height + Self.gap
            middle += bar.height
            return bar
        }
    }

    var svg: String {
        let (width, left, middle, right) = (980.0, 260.0, 480.0, 700.0)
        let thickness = 16.0
        var text = """
            <svg class="flow" viewBox="0 -14 \(coordinate(width)) \
            \(coordinate(Self.height + 28))" role="img" aria-label="ledger of core time" \
            xmlns="http://www.w3.org/2000/svg">\n
            """
        for (index, bar) in bars(flow.sources).enumerated() {
            text += ribbon(bar, left + thickness, middle, "source", index, isLeft: true)
            text += block(bar, left, thickness, "source", index)
            text += label(bar, left - 10, "end")
        }
        for (index, bar) in bars(flow.fates).enumerated() {
            let kind = Self.kind(bar.band.name)
            text += ribbon(bar, middle + thickness, right, kind, index, isLeft: false)
            text += block(bar, right, thickness, kind, index)
            text += label(bar, right + thickness + 10, "start")
        }
        let total = bars(flow.sources)
        if let first = total.first, let last = total.last {
            let top = first.middleTop
            let height = last.middleTop + last.height - top
            text += "<rect class=\"whole\" x=\"\(coordinate(middle))\" y=\"\(coordinate(top))\" "
            text += "width=\"\(coordinate(thickness))\" height=\"\(coordinate(height))\"/>"
            text += "<text text-anchor=\"middle\" x=\"\(coordinate(middle + thickness / 2))\" "
            text += "y=\"\(coordinate(top - 5))\">\(duration(flow.total)) of core time</text>"
        }
        return text + "\n</svg>"
    }

    /// A class of the style sheet.
    static func kind(_ fate: String) -> String {
        switch fate {
        case "useful": "useful"
        case "told of by failures": "infailures"
        case "late", "dropped": fate
        case "lost by the network": "lost"
        default: "neutral"
        }
    }

    private func ribbon(
        _ bar: Bar, _ from: Double, _ to: Double, _ kind: String, _ index: Int, isLeft: Bool
    ) -> String {
        let (start, end) = isLeft ? (bar.top, bar.middleTop) : (bar.middleTop, bar.top)
        let bend = coordinate((from + to) / 2)
        func c(_ value: Double) -> String { coordinate(value) }
        return """
            <path class="ribbon \(kind) shade\(index % 4)" d="M\(c(from)) \(c(start))C\(bend) \
            \(c(start)) \(bend) \(c(end)) \(c(to)) \(c(end))V\(c(end + bar.height))C\(bend) \
            \(c(end + bar.height)) \(bend) \(c(start + bar.height)) \(c(from)) \
            \(c(start + bar.height))Z"><title>\(escaped(bar.band.name)): \
            \(duration(bar.band.amount))</title></path>\n
            """
    }

    private func block(
        _ bar: Bar, _ x: Double, _ thickness: Double, _ kind: String, _ index: Int
    ) -> String {
        "<rect class=\"\(kind) shade\(index % 4)\" x=\"\(coordinate(x))\" "
            + "y=\"\(coordinate(bar.top))\" width=\"\(coordinate(thickness))\" "
            + "height=\"\(coordinate(max(bar.height, 1)))\"/>"
    }

    private func label(_ bar: Bar, _ x: Double, _ anchor: String) -> String {
        let share = flow.total > 0 ? percentage(bar.band.amount / flow.total) : "-"
        return "<text x=\"\(coordinate(x))\" y=\"\(coordinate(bar.top + bar.height / 2 + 4))\" "
            + "text-anchor=\"\(anchor)\">\(escaped(bar.band.name)), \(share)</text>\n"
    }
}

/// Who created load: a bar for each tier, cut by what made its requests.
struct CauseDrawing {
    let flow: CauseFlow

    var svg: String {
        let (left, right, row) = (150.0, 860.0, 30.0)
        let most = max(Double(flow.tiers.map(\.all).max() ?? 1), 1)
        let height = row * Double(flow.tiers.count)
        var text = """
            <svg class="causes" viewBox="0 0 980 \(coordinate(height))" role="img" \
            aria-label="causes of load" xmlns="http://www.w3.org/2000/svg">\n
            """
        for (index, tier) in flow.tiers.enumerated() {
            let y = Double(index) * row + 5
            var x = left
            let parts =
                [("first", "first attempts", tier.first)]
                + tier.retries.enumerated().map { maker, count in
                    ("retry\(min(maker, 3))", "retries made at tier \(maker + 1)", count)
                } + [("hedge", "hedges", tier.hedges)]
            text += "<text x=\"\(coordinate(left - 10))\" y=\"\(coordinate(y + 14))\" "
            text += "text-anchor=\"end\">at tier \(tier.tier)</text>"
            for (kind, name, count) in parts where count > 0 {
                let width = (right - left) * Double(count) / most
                text += "<rect class=\"\(kind)\" x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" "
                text += "width=\"\(coordinate(max(width, 0.5)))\" height=\"20\"><title>\(name): "
                text += "\(grouped(Int(clamping: count)))</title></rect>"
                x += width
            }
            text += "<text x=\"\(coordinate(x + 8))\" y=\"\(coordinate(y + 14))\">"
            text += grouped(Int(clamping: tier.all)) + "</text>\n"
        }
        return text + "</svg>"
    }

    /// Names of the colours, those that occur.
    var legend: [(kind: String, name: String)] {
        let deepest = flow.tiers.map(\.retries.count).max() ?? 0
        var names = [("first", "first attempts")]
        for maker in 0..<min(deepest, 4)
        where flow.tiers.contains(where: { maker < $0.retries.count && $0.retries[maker] > 0 }) {
            let more = maker == 3 && deepest > 4 ? " and farther" : ""
            names.append(("retry\(maker)", "retries made at tier \(maker + 1)\(more)"))
        }
        if flow.tiers.contains(where: { $0.hedges > 0 }) { names.append(("hedge", "hedges")) }
        return names.map { ($0.0, $0.1) }
    }
}
