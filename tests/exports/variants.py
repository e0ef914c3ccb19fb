"""Exports as people really have them: in their language, their encoding, their way of writing."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Tongue(NamedTuple):
    """Binance's trade history in one language, what it calls a purchase and a sale, and the
    encoding that its spreadsheets use besides Unicode."""

    header: tuple[str, ...]
    sides: tuple[str, str]
    encoding: str


TONGUES = {
    "en": Tongue(
        ("Date(UTC)", "Pair", "Side", "Price", "Executed", "Amount", "Fee"),
        ("BUY", "SELL"),
        "cp1252",
    ),
    "de": Tongue(
        ("Datum(UTC)", "Paar", "Seite", "Preis", "Ausgeführt", "Betrag", "Gebühr"),
        ("Kauf", "Verkauf"),
        "cp1252",
    ),
    "es": Tongue(
        ("Tiempo", "Par", "Lado", "Precio", "Ejecutado", "Cantidad", "Tarifa"),
        ("COMPRA", "VENTA"),
        "cp1252",
    ),
    "fr": Tongue(
        ("Date(UTC)", "Paire", "Côté", "Prix", "Exécuté", "Montant", "Frais"),
        ("Achat", "Vente"),
        "cp1252",
    ),
    "pt": Tongue(
        ("Data(UTC)", "Par", "Lado", "Preço", "Executado", "Valor", "Taxa"),
        ("Compra", "Venda"),
        "cp1252",
    ),
    "ru": Tongue(
        ("Дата(UTC)", "Пара", "Тип", "Цена", "Исполнено", "Сумма", "Комиссия"),
        ("Покупка", "Продажа"),
        "cp1251",
    ),
    "zh": Tongue(
        ("时间", "交易对", "类型", "价格", "数量", "成交额", "手续费"), ("买入", "卖出"), "gb18030"
    ),
    "ja": Tongue(
        ("日時", "通貨ペア", "売買", "価格", "約定数量", "合計", "手数料"),
        ("買い", "売り"),
        "shift_jis",
    ),
    "ko": Tongue(
        ("시간", "거래쌍", "매매구분", "가격", "체결수량", "총액", "수수료"),
        ("매수", "매도"),
        "utf-8",
    ),
    "tr": Tongue(
        ("Tarih", "İşlem çifti", "Yön", "Fiyat", "Gerçekleşen", "Toplam", "Komisyon"),
        ("Alış", "Satış"),
        "cp1254",
    ),
}

DATES: dict[str, Callable[[datetime], str]] = {
    "ymd": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "dmy": lambda at: f"{at:%d.%m.%Y %H:%M:%S}",
    "dmy ": lambda at: f"{at.day}/{at.month}/{at.year} {at:%H:%M:%S}",
    "mdy": lambda at: (
        f"{at.month}/{at.day}/{at.year} {at:%I:%M:%S} {'AM' if at.hour < 12 else 'PM'}"
    ),
    "": lambda at: str(int(at.timestamp())),
    " ": lambda at: str(int(at.timestamp() * 1_000)),
    "ymd ": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z",
    "ymd  ": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
}
"""By the setting that tells their order (blanks tell forms apart)."""


def _grouped(number: str, group: str, point: str) -> str:
    whole, _, fraction = number.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    told = f"{int(digits):,}".replace(",", group)
    return f"{sign}{told}{point}{fraction}" if fraction else sign + told


NUMBERS: dict[str, Callable[[str], str]] = {
    "point": lambda number: number,
    "point ": lambda number: _grouped(number, ",", "."),
    "point  ": lambda number: _grouped(number, " ", "."),
    "comma": lambda number: number.replace(".", ","),
    "comma ": lambda number: _grouped(number, ".", ","),
    "comma  ": lambda number: _grouped(number, "\u00a0", ","),
    "comma   ": lambda number: _grouped(number, "'", ","),
}
"""By the setting that tells the mark before decimals."""


class Variant(NamedTuple):
    """One way of writing a file."""

    tongue: str
    date: str
    number: str
    delimiter: str
    encoding: str
    packed: str

    @property
    def told(self) -> tuple[str, ...]:
        """What a person would say of it."""
        settings = [f"decimal={self.number.strip()}"]
        return (*settings, f"date={self.date.strip()}") if self.date.strip() else tuple(settings)

    def of(self, data: bytes) -> bytes:
        """Binance's English export, written so."""
        english, *rows = csv.reader(io.StringIO(data.decode()))
        assert tuple(english) == TONGUES["en"].header
        tongue = TONGUES[self.tongue]
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(tongue.header)
        writer.writerows(self._row(row, tongue) for row in rows)
        return _packed(out.getvalue().encode(self.encoding), self.packed)

    def _row(self, row: list[str], tongue: Tongue) -> list[str]:
        at = datetime.fromisoformat(f"{row[0]}+00:00")
        side = tongue.sides[row[2] == "SELL"]
        return [DATES[self.date](at), row[1], side, *map(self._number, row[3:])]

    def _number(self, cell: str) -> str:
        unit = cell[len(cell.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) :]
        number = cell.removesuffix(unit)
        assert Decimal(number).is_finite()
        return NUMBERS[self.number](number) + unit


def _packed(data: bytes, how: str) -> bytes:
    if how == "gz":
        return gzip.compress(data, mtime=0)
    if how == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("trades.csv", data)
        return out.getvalue()
    return data
