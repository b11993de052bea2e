"""Positions of charts."""

from service.console.charts import bar_chart, line_chart


def test_numbers_on_the_axis_are_written_out_and_stamps_stand_under_their_bars():
    chart = bar_chart(["a", "b"], [1_400.0, 700.0])
    assert [tick.text for tick in chart.ticks] == ["0", "1,000", "2,000"]
    assert [round(bar.x + bar.width / 2) for bar in chart.bars] == [round(stamp.at) for stamp in chart.stamps]


def test_few_stamps_are_written_and_a_missing_value_is_left_out():
    chart = line_chart([str(n) for n in range(100)], {"one": [None, *[0.5] * 99]})
    assert len(chart.stamps) == 8
    assert len(chart.series[0].points.split()) == 99
    assert chart.ticks[-1].text == "0.5"
