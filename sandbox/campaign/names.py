"""Invented people: names by culture, and the countries of a programme."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    label: str
    """As a programme names it."""
    timezone: str
    region: str
    """UN M49 sub-region."""
    culture: str


WEST, NORTH, SUB = "Western Asia", "Northern Africa", "Sub-Saharan Africa"
SOUTH, EAST, SOUTH_EAST, CENTRAL = "Southern Asia", "Eastern Asia", "South-eastern Asia", "Central Asia"
LATIN = "Latin America and the Caribbean"
SOUTH_EUROPE, EAST_EUROPE, NORTH_EUROPE = "Southern Europe", "Eastern Europe", "Northern Europe"

COUNTRIES = {
    "ARM": Country("Armenia", "Asia/Yerevan", WEST, "armenian"),
    "BRA": Country("Brazil", "America/Sao_Paulo", LATIN, "latin"),
    "CHL": Country("Rapa Nui/Chile", "Pacific/Easter", LATIN, "latin"),
    "CHN": Country("China", "Asia/Shanghai", EAST, "chinese"),
    "EGY": Country("Egypt", "Africa/Cairo", NORTH, "arabic"),
    "GHA": Country("Ghana", "Africa/Accra", SUB, "west_african"),
    "HKG": Country("Hong Kong", "Asia/Hong_Kong", EAST, "chinese"),
    "IND": Country("India", "Asia/Kolkata", SOUTH, "indian"),
    "IRN": Country("Iran", "Asia/Tehran", SOUTH, "persian"),
    "IRQ": Country("Iraq", "Asia/Baghdad", WEST, "arabic"),
    "KEN": Country("Kenya", "Africa/Nairobi", SUB, "east_african"),
    "LBN": Country("Lebanon", "Asia/Beirut", WEST, "arabic"),
    "LKA": Country("Sri Lanka", "Asia/Colombo", SOUTH, "indian"),
    "MAR": Country("Morocco", "Africa/Casablanca", NORTH, "arabic"),
    "MEX": Country("Mexico", "America/Mexico_City", LATIN, "latin"),
    "MMR": Country("Myanmar", "Asia/Yangon", SOUTH_EAST, "south_east_asian"),
    "NGA": Country("Nigeria", "Africa/Lagos", SUB, "west_african"),
    "NPL": Country("Nepal", "Asia/Kathmandu", SOUTH, "nepali"),
    "NZL": Country("New Zealand", "Pacific/Auckland", "Australia and New Zealand", "pacific"),
    "PHL": Country("Philippines", "Asia/Manila", SOUTH_EAST, "south_east_asian"),
    "PSE": Country("Palestine", "Asia/Hebron", WEST, "arabic"),
    "SDN": Country("Sudan", "Africa/Khartoum", NORTH, "arabic"),
    "TUR": Country("Turkey", "Europe/Istanbul", WEST, "turkish"),
    "UZB": Country("Uzbekistan", "Asia/Tashkent", CENTRAL, "central_asian"),
    "ZAF": Country("South Africa", "Africa/Johannesburg", SUB, "southern_african"),
    "GBR": Country("United Kingdom", "Europe/London", NORTH_EUROPE, "british"),
    "AZE": Country("Azerbaijan", "Asia/Baku", WEST, "turkish"),
    "BGD": Country("Bangladesh", "Asia/Dhaka", SOUTH, "indian"),
    "BWA": Country("Botswana", "Africa/Gaborone", SUB, "southern_african"),
    "COL": Country("Colombia", "America/Bogota", LATIN, "latin"),
    "CYP": Country("Cyprus", "Asia/Nicosia", WEST, "european"),
    "ETH": Country("Ethiopia", "Africa/Addis_Ababa", SUB, "east_african"),
    "GEO": Country("Georgia", "Asia/Tbilisi", WEST, "armenian"),
    "GRC": Country("Greece", "Europe/Athens", SOUTH_EUROPE, "european"),
    "GTM": Country("Guatemala", "America/Guatemala", LATIN, "latin"),
    "HRV": Country("Croatia", "Europe/Zagreb", SOUTH_EUROPE, "european"),
    "JOR": Country("Jordan", "Asia/Amman", WEST, "arabic"),
    "KAZ": Country("Kazakhstan", "Asia/Almaty", CENTRAL, "central_asian"),
    "KOR": Country("South Korea", "Asia/Seoul", EAST, "korean"),
    "MLT": Country("Malta", "Europe/Malta", SOUTH_EUROPE, "european"),
    "MOZ": Country("Mozambique", "Africa/Maputo", SUB, "southern_african"),
    "MYS": Country("Malaysia", "Asia/Kuala_Lumpur", SOUTH_EAST, "south_east_asian"),
    "NAM": Country("Namibia", "Africa/Windhoek", SUB, "southern_african"),
    "OMN": Country("Oman", "Asia/Muscat", WEST, "arabic"),
    "PAK": Country("Pakistan", "Asia/Karachi", SOUTH, "indian"),
    "PER": Country("Peru", "America/Lima", LATIN, "latin"),
    "ROU": Country("Romania", "Europe/Bucharest", EAST_EUROPE, "european"),
    "RWA": Country("Rwanda", "Africa/Kigali", SUB, "east_african"),
    "SAU": Country("Saudi Arabia", "Asia/Riyadh", WEST, "arabic"),
    "THA": Country("Thailand", "Asia/Bangkok", SOUTH_EAST, "south_east_asian"),
    "TZA": Country("Tanzania", "Africa/Dar_es_Salaam", SUB, "east_african"),
    "UGA": Country("Uganda", "Africa/Kampala", SUB, "east_african"),
    "VNM": Country("Vietnam", "Asia/Ho_Chi_Minh", SOUTH_EAST, "south_east_asian"),
    "YEM": Country("Yemen", "Asia/Aden", WEST, "arabic"),
    "ZWE": Country("Zimbabwe", "Africa/Harare", SUB, "southern_african"),
}

NAMES: dict[str, tuple[str, str]] = {
    "arabic": (
        "Layla/ليلى Omar/عمر Nour/نور Khalid/خالد Salma/سلمى Yusuf/يوسف Rania/رانيا Tariq/طارق Hanan/حنان Ziad/زياد"
        " Maryam/مريم Idris/إدريس Widad/وداد Faris/فارس",
        "Haddad/حداد Mansour/منصور Qasim/قاسم Barakat/بركات Nasser/ناصر Sabbagh/صباغ Othman/عثمان Rifai/رفاعي"
        " Zaki/زكي Badawi/بدوي Fakhoury/فاخوري Jabbour/جبور Tayeb/الطيب Hijazi/حجازي",
    ),
    "turkish": (
        "Elif Mehmet Zeynep Emre Ayşe Kerem Defne Burak Gülsüm Onur Nermin Çağla",
        "Yıldırım Korkmaz Aydoğan Şimşek Özkan Tekin Güneş Bozkurt Ilgaz Ünal Çetin Erdem",
    ),
    "persian": (
        "Shirin/شیرین Dariush/داریوش Parisa/پریسا Kaveh/کاوه Niloufar/نیلوفر Arash/آرش",
        "Rostami/رستمی Karimi/کریمی Moradi/مرادی Sadeghi/صادقی Jafari/جعفری Golzar/گلزار",
    ),
    "indian": (
        "Ananya/अनन्या Rohan/रोहन Kavita/कविता Vikram/विक्रम Meera/मीरा Arjun/अर्जुन Priya Sanjay Lakshmi Imran Nadia"
        " Tanvir Dilini Chamara",
        "Chatterjee/चटर्जी Menon/मेनन Deshpande/देशपांडे Rathore/राठौड़ Iyer/अय्यर Bhatt/भट्ट Perera Wickrama Siddiqui"
        " Rahman Chowdhury Malik Kulkarni Fonseka",
    ),
    "nepali": (
        "Sunita/सुनिता Bishal/विशाल Pramila/प्रमिला Kiran/किरण Gopal/गोपाल",
        "Gurung/गुरुङ Shrestha/श्रेष्ठ Tamang/तामाङ Adhikari/अधिकारी Maharjan/महर्जन",
    ),
    "chinese": (
        "Wei/伟 Lihua/丽华 Jun/军 Xiaoyan/晓燕 Ming/明 Yufei/雨菲 Haoran/浩然 Shulan/淑兰",
        "Zhang/张 Huang/黄 Ouyang/欧阳 Deng/邓 Liang/梁 Xu/徐 Fong/方 Kwok/郭",
    ),
    "korean": ("Minji/민지 Seojun/서준 Haeun/하은 Jiho/지호", "Baek/백 Yoon/윤 Hwang/황 Noh/노"),
    "east_african": (
        "Wanjiru Otieno Achieng Kamau Amina Baraka Neema Juma Tsehay Dawit Uwase Nakato",
        "Mwangi Odhiambo Kiprop Wekesa Mutua Shayo Mkapa Tesfaye Gebre Mugisha Okello Nyambura",
    ),
    "west_african": (
        "Kwame Abena Chidi Ngozi Yaw Efua Olumide Folake Emeka Zainab Kofi Adaeze",
        "Boateng Asante Okonkwo Adeyemi Mensah Bello Owusu Nwosu Danjuma Quaye Ibekwe Lawal",
    ),
    "southern_african": (
        "Thandiwe Sipho Lerato Tendai Naledi Kagiso Rudo Themba Ndapanda Anele",
        "Dlamini Mokoena Moyo Shikongo Van-der-Merwe Chikwanha Molefe Nkosi Amupadhi Tembe",
    ),
    "latin": (
        "Ximena Joaquín Beatriz Thiago Valentina Mateo Inês Rafael Tiare Lucía Gonçalo Paloma",
        "Quispe Villanueva Cárdenas Figueiredo Montoya Pakarati Escobedo Nogueira Zúñiga Ibáñez Alvarenga Huaman",
    ),
    "south_east_asian": (
        "Marisol Datu Thiri Zaw Linh Anong Farid Ligaya Somchai Htun Quynh Aziz",
        "Macaraeg Bautista Lwin Aung Tran Suwannarat Hashim Dimaculangan Rattanakul Myint Pham Ibrahim",
    ),
    "pacific": ("Aroha Tamati Mereana Wiremu Hinemoa", "Tipene Ngata Parata Hohepa Rangihuna"),
    "armenian": (
        "Anahit/Անահիտ Tigran/Տիգրան Lusine/Լուսինե Hayk/Հայկ Nino Giorgi",
        "Petrosyan/Պետրոսյան Grigoryan/Գրիգորյան Sargsyan/Սարգսյան Avagyan/Ավագյան Beridze Kapanadze",
    ),
    "central_asian": (
        "Dilnoza/Дилноза Rustam/Рустам Aigerim/Айгерим Bekzat/Бекзат Gulnora/Гульнора",
        "Yusupova/Юсупова Karimov/Каримов Nurlanuly/Нурланулы Tashkentova/Ташкентова Saidov/Саидов",
    ),
    "european": (
        "Eleni/Ελένη Nikos/Νίκος Ivana Luka Maria-Carmela Ioana Andrei Stavros",
        "Papadakis/Παπαδάκης Vassiliou/Βασιλείου Horvat Kovačić Camilleri Ionescu Dumitru Zammit",
    ),
    "british": (
        "Harriet Alasdair Gwenllian Clement Imogen Fergus Rosalind Desmond Philippa Barnaby Oonagh Magnus",
        "Thistlewood Pryce-Jones Abernathy Cholmeley Ormerod Featherstone Kinnaird Lockyer Wainwright Dunmore Tregear"
        " Ashdown",
    ),
    "stranger": (
        "Brooklyn Dex Vesna Orsolya Jaxon Skye Torvald Quillon Zdenka Bryce Fleur Huxley Ulrike Pax Ingeborg Wolfgang"
        " Cyprian Tycho Xanthe Roscoe",
        "Vandersloot Zimmerhackl Kjeldgaard Fjordmark Bexley Szczepanik Wojtowicz Drummle Hjelm Grudzinski Quickstep"
        " Uitdehaag Jorgenfeldt Plumtree Overgaard Rijkebusch Wexcombe Yxskog Kirschblum Vrbensky",
    ),
}


def pool(culture: str) -> list[tuple[str, str]]:
    """Every given name with every family name: (as in Latin letters, as in their own script or empty)."""
    given, family = (tuple(part.partition("/") for part in names.split()) for names in NAMES[culture])
    return [
        (f"{one[0]} {two[0]}".replace("-der-", " der "), _native(culture, one[2], two[2]))
        for two in family
        for one in given
    ]


def _native(culture: str, given: str, family: str) -> str:
    if not given or not family:
        return ""
    return f"{family}{given}" if culture in ("chinese", "korean") else f"{given} {family}"
