"""Names of columns and words in them, in the languages in which exchanges export.

Binance's headers in other languages are taken from tools that import them (its Spanish trade
history is ``Tiempo,Par,Lado,Precio,Ejecutado,Cantidad,Tarifa``, the Chinese one begins with
``时间,交易对``); the rest are the words that its pages use.
"""

import re
import unicodedata

from tradelatch.exports.refusal import BadCell, shown
from tradelatch.model.orders import Side

_ZONE = re.compile(r"[ _]?[(（\[]?\s*((?:utc|gmt)(?:\s*[+-]\d{1,2}(?::?\d{2})?)?)\s*[)）\]]?\s*$")
_LONGEST = 100
"""Characters of a column's name that are looked at."""


def normal(header: str) -> tuple[str, str]:
    """A column's name as it is compared (case, blanks, underscores and marks like the BOM do not
    count), and the zone that it tells: ``Filled Time(UTC+08:00)``, ``UTC_Time``."""
    name = unicodedata.normalize("NFKC", header[:_LONGEST]).strip("\ufeff\"' ").casefold()
    name = name.replace("i\u0307", "i")  # what the Turkish capital I becomes
    name = name.replace("_", " ")
    zone = ""
    if name.startswith("utc "):
        name, zone = name.removeprefix("utc "), "utc"
    elif (found := _ZONE.search(name)) and found.start() > 0:
        name, zone = name[: found.start()], found.group(1)
    return re.sub(r"\s+", " ", name).strip(), zone


TIME = (
    *("date", "time", "timestamp", "datetime", "date time", "created at", "trade time"),
    *("zeit", "datum", "zeitpunkt", "fecha", "tiempo", "hora", "data", "heure", "horodatage"),
    *("дата", "время", "时间", "日期", "時間", "日時", "날짜", "시간", "일시", "tarih"),
)
PAIR = (
    *("pair", "market", "symbol", "product", "instrument", "trading pair", "asset pair"),
    *("paar", "handelspaar", "par", "mercado", "paire", "marché", "пара", "рынок"),
    *("交易对", "币对", "交易對", "ペア", "取引ペア", "通貨ペア", "거래쌍", "işlem çifti", "çift"),
)
SIDE = (
    *("side", "direction", "buy/sell", "b/s", "transaction", "transaction type", "type"),
    *("seite", "typ", "richtung", "lado", "tipo", "côté", "type d'ordre", "сторона", "тип"),
    *("类型", "方向", "類型", "売買", "タイプ", "유형", "매매구분", "taraf", "yön"),
)
PRICE = (
    *("price", "avg trading price", "avgtrading price", "average price", "avg price"),
    *("trade price", "avg. filled price", "dealprice", "deal price", "price at transaction"),
    *("spot price at transaction", "rate"),
    *("preis", "kurs", "precio", "preço", "prix", "цена"),
    *("价格", "成交价", "價格", "価格", "約定価格", "가격", "체결가격", "fiyat"),
)
FILLED = (
    *("executed", "filled", "filled amount", "ausgeführt", "ejecutado", "executado", "exécuté"),
    *("исполнено", "成交", "已成交", "成交量", "成交数量", "約定数量", "체결수량", "gerçekleşen"),
)
"""What was traded of an order, whatever became of the rest."""
QUANTITY = (
    *FILLED,
    *("quantity", "quantity (base)", "quantity transacted", "qty", "size", "base amount"),
    *("menge", "quantidade", "quantité", "количество", "수량", "miktar"),
)
AMOUNT = (
    *("total", "funds", "cost", "quote amount", "turnover", "filled volume", "trading total"),
    *("total (quote)", "subtotal", "deal value"),
    *("betrag", "gesamt", "summe", "monto", "importe", "valor", "montant", "сумма", "итого"),
    *("成交额", "成交額", "合計", "約定代金", "총액", "toplam", "tutar"),
)
EITHER = ("amount", "cantidad", "montante", "数量", "數量")
"""In base or in quote: what the other columns leave."""
FEE = (
    *("fee", "commission", "trading fee", "fees", "fees (quote)", "fees and/or spread"),
    *("gebühr", "gebühren", "provision", "comisión", "tarifa", "taxa", "comissão", "frais"),
    *("комиссия", "手续费", "手續費", "手数料", "수수료", "komisyon", "ücret"),
)
FEE_ASSET = (
    *("fee coin", "fee asset", "fee currency", "feecurrency", "commission asset"),
    *("gebühr coin", "gebührenwährung", "moneda comisión", "moeda taxa", "devise frais"),
    *("валюта комиссии", "手续费结算币种", "手續費結算幣種", "手数料通貨", "수수료 통화"),
    "komisyon coin",
)
BASE = (
    *("base asset", "base coin", "base currency", "base", "basiswährung", "moneda base"),
    *("moeda base", "actif de base", "базовая валюта", "基准货币", "基準貨幣", "基準通貨"),
)
QUOTE = (
    *("quote asset", "quote coin", "quote currency", "quote", "kurswährung", "moneda cotizada"),
    *("moeda cotada", "actif de cotation", "котируемая валюта", "计价货币", "計價貨幣", "決済通貨"),
)

_BUYS = (
    *("buy", "b", "bid", "bought", "kauf", "kaufen", "compra", "comprar", "achat", "acheter"),
    *("покупка", "купить", "买入", "买", "買入", "買い", "購入", "매수", "alış", "aliş", "al"),
)
_SELLS = (
    *("sell", "s", "ask", "sold", "verkauf", "verkaufen", "venta", "venda", "vender", "vente"),
    *(
        "vendre",
        "продажа",
        "продать",
        "卖出",
        "卖",
        "賣出",
        "売り",
        "売却",
        "매도",
        "satış",
        "satiş",
        "sat",
    ),
)

STATUS = ("status", "state", "order status", "estado", "statut", "статус", "状态", "狀態", "durum")
_TRADED = (
    *("filled", "fully filled", "completed", "complete", "closed", "done", "deal", "success"),
    *("successful", "executed", "settled", "ausgeführt", "abgeschlossen", "completado"),
    *("исполнен", "исполнено", "已成交", "完全成交", "已完成", "成功", "tamamlandı"),
)


def is_traded(status: str) -> bool:
    """Whether a status says that all of an order was traded."""
    return unicodedata.normalize("NFKC", status).casefold().strip() in _TRADED


def side_of(cell: str) -> Side:
    """The side that a word names; of ``LIMIT_BUY`` the last part counts.

    Raises:
        BadCell: it names none.
    """
    word = unicodedata.normalize("NFKC", cell).casefold().strip()
    for part in (word, word.rpartition("_")[2], word.rpartition(" ")[2]):
        if part in _BUYS:
            return Side.BUY
        if part in _SELLS:
            return Side.SELL
    raise BadCell(f"{shown(cell)} is neither buy nor sell")
